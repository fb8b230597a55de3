import type { Id } from '@earshot/base/ids.ts';
import type { OutgoingTake } from '@earshot/client/earshot.ts';
import type { Output } from '../output/output.ts';
import type { Session } from '../profile/session.node.ts';
import type { SoundSource } from '../sound/source.ts';

export interface Sending {
  readonly take: Id;
  readonly conversation: Id;
  readonly source: SoundSource;
  /** Of the file; null for a stream. */
  readonly name: string | null;
  /** Seconds after hearing, null for never; undefined: as it is in the conversation. */
  readonly expiry: number | null | undefined;
  readonly ending: AbortSignal;
}

/**
 * Hands a sound to the outbox while it is read, and decides to send it when it was read to its end without a fault: true. When
 * somebody interrupts before that: false, and nothing stays. Throws what is wrong with the sound; nothing stays then either.
 */
export async function sendSource(session: Session, output: Output, { take, conversation, source, name, expiry, ending }: Sending): Promise<boolean> {
  await session.takes.write(take);
  const outgoing = await session.earshot.outgoing.begin({ take, conversation });
  try {
    const whole = await feed(source, outgoing, output, ending);
    if (whole) {
      const chosen = expiry === undefined ? {} : { expiry };
      await outgoing.send({ ...source.details(), ...chosen, source: name === null ? { from: 'microphone' } : { from: 'file', name: name.slice(0, 255) } });
    } else await outgoing.cancel();
    await session.takes.remove(take);
    return whole;
  } catch (error) {
    await outgoing.cancel();
    await session.takes.remove(take);
    throw error;
  }
}

async function feed(source: SoundSource, outgoing: OutgoingTake, output: Output, ending: AbortSignal): Promise<boolean> {
  const interrupted = new Promise<null>((done) => {
    ending.addEventListener('abort', () => done(null), { once: true });
    if (ending.aborted) done(null);
  });
  let count = 0;
  const packets = source.packets();
  for (;;) {
    // A stream may be silent for hours; an interrupt does not wait for it.
    const next = await Promise.race([packets.next(), interrupted]);
    if (next === null || ending.aborted) return false;
    if (next.done === true) return true;
    await outgoing.append(next.value);
    count += next.value.length;
    output.progress(progressText(count / 50, source.seconds));
  }
}

function progressText(seconds: number, all: number | null): string {
  const done = `${seconds.toFixed(0)} s`;
  return all === null ? `Sending: ${done}` : `Sending: ${done} of ${all.toFixed(0)} s (${Math.min(100, Math.round((seconds / all) * 100))} %)`;
}
