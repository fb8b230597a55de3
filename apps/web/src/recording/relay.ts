import type { Id } from '@earshot/base/ids.ts';
import type { OutgoingFace, OutgoingTake, SendDetails } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** What the journal holds of a take: its packets, and where each part begins. */
export interface TakePackets {
  readonly packets: readonly Uint8Array[];
  readonly parts: readonly { readonly packet: number }[];
}

/**
 * Hands packets on while they are spoken, from the journal's side to the outbox.
 *
 * Laws
 * 1. It never stops the journal: whatever the outbox says, `packets` and `part` return at once and throw nothing.
 * 2. After a failure it hands on nothing more until `send`, which brings over what is missing from the journal.
 * 3. The outbox gets every packet once, in order, with a new part wherever the journal has one.
 */
export interface Relay {
  /** Packets that the recorder appended to the journal. */
  packets(packets: readonly Uint8Array[]): void;
  /** What follows was made by a new encoder. */
  part(): void;
  /** Decides to send. `read` gives what the journal holds; the outbox is filled up from it first. Rejects when the outbox cannot take it; nothing is lost then. */
  send(read: () => Promise<TakePackets>, details: SendDetails): Promise<Id>;
  /** Takes back what was handed on. The journal is not touched. */
  cancel(): Promise<void>;
}

type Job = (target: OutgoingTake) => Promise<void>;

/** `earlier`: what the journal holds already when a draft is continued; null for a new take. */
export function createRelay(outgoing: Pick<OutgoingFace, 'begin' | 'reopen'>, take: Id, conversation: Id, earlier: TakePackets | null): Relay {
  let open: OutgoingTake | null = null;
  let behind = false;
  let jobs: Job[] = [];
  let work: Promise<void> = Promise.resolve();

  const opened = async (): Promise<OutgoingTake> => {
    open ??= (earlier && (await outgoing.reopen(take))) ?? (await outgoing.begin({ take, conversation }));
    return open;
  };
  const handOn = async (): Promise<void> => {
    while (jobs.length > 0 && !behind) {
      const [job, ...rest] = jobs;
      jobs = rest;
      if (!job) return;
      try {
        await job(await opened());
      } catch (error) {
        behind = true;
        jobs = [];
        // The world may fail (a full disk): it is tried again from the journal on sending. Our own bugs are not hidden.
        if (!(error instanceof Failure)) reportError(error);
      }
    }
  };
  const add = (job: Job): void => {
    if (behind) return;
    jobs.push(job);
    work = work.then(handOn);
  };
  if (earlier) add((target) => fillUp(target, earlier));
  return {
    packets: (packets) => add((target) => target.append(packets)),
    part: () => add((target) => target.split()),
    send: async (read, details) => {
      await work;
      // What the outbox holds is asked anew: after a failure, this page does not know.
      if (behind) open = (await outgoing.reopen(take)) ?? (await outgoing.begin({ take, conversation }));
      const target = await opened();
      await fillUp(target, await read());
      return target.send(details);
    },
    cancel: async () => {
      jobs = [];
      behind = true;
      await work;
      await (open ?? (await outgoing.reopen(take)))?.cancel();
    },
  };
}

/** Appends what the journal has beyond the outbox, part by part. */
async function fillUp(target: OutgoingTake, { packets, parts }: TakePackets): Promise<void> {
  while (target.packets < packets.length) {
    const from = target.packets;
    if (from > 0 && parts.some((part) => part.packet === from)) await target.split();
    const next = parts.find((part) => part.packet > from)?.packet ?? packets.length;
    await target.append(packets.slice(from, next));
  }
}
