import type { Message } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { type ExitCode, exitCodeOf } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { notReached, type Session } from '../profile/session.node.ts';

export interface Waiting {
  readonly message: Pick<Message, 'id' | 'conversation' | 'seconds'>;
  /** Milliseconds without any progress. */
  readonly timeout: number;
  readonly ending: AbortSignal;
}

/** What only a person's word clears: no waiting does. */
const UP_TO_SOMEBODY: ReadonlySet<FailureCode> = new Set<FailureCode>(['identity.changed']);

/**
 * Waits until a message that was decided to be sent is durably on the server, says so and returns 0. When nothing moves for
 * `timeout`, or somebody interrupts, it stays in the outbox, and the answer is 75 with the reason; at once, and with the exit code of
 * the reason, where somebody has to decide first. Throws the code with which the server refused it.
 */
export async function waitUntilStored(session: Pick<Session, 'earshot'>, output: Output, { message, timeout, ending }: Waiting): Promise<ExitCode> {
  const { id, conversation, seconds } = message;
  const stop = new AbortController();
  const giveUp = (): void => stop.abort();
  let timer = setTimeout(giveUp, timeout);
  let furthest = 0;
  const look = async (): Promise<void> => {
    const now = await session.earshot.messages.get(id);
    if (now?.state.at === 'sending' && now.state.waiting !== null && UP_TO_SOMEBODY.has(now.state.waiting.code)) giveUp();
    const bytes = now?.state.at === 'sending' ? now.state.bytesStored : 0;
    // Another try that came no further is no progress, however often it is made.
    if (bytes <= furthest || stop.signal.aborted) return;
    furthest = bytes;
    clearTimeout(timer);
    timer = setTimeout(giveUp, timeout);
  };
  let looking = look();
  const unlisten = session.earshot.on((happening) => {
    if (happening.type === 'changed' && happening.message === id) looking = looking.then(look);
  });
  ending.addEventListener('abort', giveUp, { once: true });
  if (ending.aborted) giveUp();
  try {
    const { sha256, seq } = await session.earshot.outgoing.stored(id, { signal: stop.signal });
    output.result({ message: id, conversation, sha256, seq, seconds }, `Sent ${id} (${sha256}).`);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const failure = await kept(session, id, conversation);
    const decides = UP_TO_SOMEBODY.has(failure.code);
    output.failure(failure);
    output.note(`earshot: The message is kept in the outbox; ${decides ? 'once you have accepted who this is (earshot verify), ' : ''}the next earshot command of this profile that reaches the server sends it.`);
    return decides ? exitCodeOf(failure.code) : 75;
  } finally {
    unlisten();
    await looking;
    clearTimeout(timer);
    ending.removeEventListener('abort', giveUp);
  }
}

/** Why this message waits; where nothing is known of that, why the server is not reached. */
async function kept({ earshot }: Pick<Session, 'earshot'>, message: Id, conversation: Id): Promise<Failure> {
  const now = await earshot.messages.get(message);
  const { code, evidence } = (now?.state.at === 'sending' ? now.state.waiting : null) ?? notReached(earshot.connection);
  return new Failure(code, { ...evidence, kept: true, message, conversation });
}
