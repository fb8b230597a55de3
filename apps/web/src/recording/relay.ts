import type { Id } from '@earshot/base/ids.ts';
import type { OutgoingFace, OutgoingTake, SendDetails } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** What the journal holds of a take, as it is heard. */
export interface TakePackets {
  readonly packets: readonly Uint8Array[];
}

/**
 * Hands packets on while they are spoken, from the journal's side to the outbox.
 *
 * Laws
 * 1. It never stops the journal: whatever the outbox says, `packets`, `part` and `revise` return at once and throw nothing.
 * 2. After a failure it hands on nothing more until `send`, which brings the outbox to what the journal holds.
 * 3. The outbox gets every packet once, in order, with a new part wherever the journal has one.
 */
export interface Relay {
  /** Packets that the recorder appended to the journal. */
  packets(packets: readonly Uint8Array[]): void;
  /** What follows was made by a new encoder. */
  part(): void;
  /** The take was edited: this is what is heard of it now. */
  revise(take: TakePackets): void;
  /** Decides to send `count` packets. Where the outbox does not have them all it is brought to what `read` gives first. Rejects when it cannot take them; nothing is lost then. */
  send(count: number, read: () => Promise<TakePackets>, details: SendDetails): Promise<Id>;
  /** It rests, with `count` packets: the person's other devices may show it, as a draft of this one. Nothing happens where the outbox does not hold just these. */
  rest(count: number, details: SendDetails, device: string): void;
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
  if (earlier) add((target) => target.revise(earlier.packets));
  return {
    packets: (packets) => add((target) => target.append(packets)),
    part: () => add((target) => target.split()),
    revise: ({ packets }) => add((target) => target.revise(packets)),
    rest: (count, details, device) => add(async (target) => (target.packets === count ? target.show(details, device) : undefined)),
    send: async (count, read, details) => {
      await work;
      try {
        // What the outbox holds is asked anew: after a failure, this page does not know.
        if (behind) open = (await outgoing.reopen(take)) ?? (await outgoing.begin({ take, conversation }));
        const target = await opened();
        if (behind || target.packets !== count) await target.revise((await read()).packets);
        return await target.send(details);
      } catch (error) {
        behind = true;
        throw error;
      }
    },
    cancel: async () => {
      jobs = [];
      behind = true;
      await work;
      await (open ?? (await outgoing.reopen(take)))?.cancel();
    },
  };
}
