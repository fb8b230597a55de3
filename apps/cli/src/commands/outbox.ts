import type { Command } from 'commander';
import type { Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { waitUntilStored } from '../sending/wait.ts';
import { describeMessage, wholeNumber } from './list.ts';

interface RetryOptions extends ProfileOptions {
  readonly timeout: number;
}

/** Messages that were decided to be sent and are not on the server yet. */
export function defineOutbox(program: Command, stage: Stage): void {
  const outbox = program.command('outbox').description('messages that wait to be sent: list them, send them, give one up');
  const list = withProfile(outbox.command('list', { isDefault: true })).description('what waits, and for what');
  examples(list, 'earshot outbox').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      for (const message of await unsent(session)) await show(session, output, message);
    });
  });
  const retry = withProfile(outbox.command('retry'))
    .description('send what waits now, also what the server had refused')
    .argument('[id]', 'only this message')
    .option('--timeout <seconds>', 'how long to wait without any progress', wholeNumber, 60);
  examples(retry, 'earshot outbox retry').action(async (id: string | undefined, options: RetryOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const waiting = await chosen(session, id);
      for (const message of waiting) if (message.state.at === 'set-aside') await session.earshot.outgoing.retry(message.id);
      await session.earshot.outgoing.tryNow();
      let last: ExitCode = 0;
      for (const message of waiting) {
        const code = await waitUntilStored(session, output, { message, timeout: options.timeout * 1000, ending: stage.context.ending });
        if (code !== 0) last = code;
      }
      return last;
    });
  });
  const discard = withProfile(outbox.command('discard')).description('give up a message that is not on the server').argument('<id>', 'the message');
  examples(discard, 'earshot outbox discard 4hqk...').action(async (id: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      for (const message of await chosen(session, id)) {
        await session.earshot.outgoing.discard(message.id);
        const discarded = (await session.earshot.messages.get(message.id)) === null;
        const words = discarded ? `Gave up ${message.id}.` : `${message.id} may be on the server already, and goes on its way. Once it is sent, "earshot remove" takes it back.`;
        output.result({ message: message.id, conversation: message.conversation, discarded }, words);
      }
    });
  });
}

async function unsent(session: Session): Promise<Message[]> {
  const conversations = await session.earshot.conversations.list();
  const lists = await Promise.all(conversations.map(({ id }) => session.earshot.messages.list(id, { limit: 1000 })));
  return lists.flat().filter(({ state, mine, removed }) => mine && removed === null && (state.at === 'sending' || state.at === 'set-aside'));
}

async function chosen(session: Session, id: string | undefined): Promise<Message[]> {
  const found = (await unsent(session)).filter((message) => id === undefined || message.id === id);
  if (id !== undefined && found.length === 0) throw new Failure('not-found', { message: id, in: 'outbox' });
  return found;
}

async function show(session: Session, output: Output, message: Message): Promise<void> {
  const { state } = message;
  const { line, text } = await describeMessage(session, message);
  const reason = state.at === 'set-aside' ? state.code : state.at === 'sending' ? (state.waiting?.code ?? null) : null;
  output.result({ ...line, reason }, `${text}${reason === null ? '' : `  ${reason}`}`);
}
