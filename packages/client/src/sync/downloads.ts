import { aborted } from '@earshot/base/aborted.ts';
import { backoff } from '@earshot/base/backoff.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Session } from '../account/session.ts';
import type { Tasks } from '../tasks.ts';
import type { BlobRef, LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Bus } from '../bus.ts';
import type { Replica } from '../replica/replica.ts';
import type { OpenedEvent } from '../sealer.ts';
import { contentOf } from '../replica/content.ts';
import type { MessageContent, MessageRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import { noRoom } from '../stores/no-room.ts';
import { eventAt } from './event-at.ts';
import { type FetchedMessage, type FetchPorts, fetchMessage, isPassing, MOST_PER_REQUEST } from './fetch-message.ts';

export interface DownloadPorts extends FetchPorts {
  readonly replica: Replica;
  readonly session: Session;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  /** Another part of this log is whole now. */
  readonly delivered: (log: Id, delivered: number) => void;
  /** This device has no room for a message. */
  readonly stuck: (log: Id, seq: number) => void;
}

const AT_ONCE = 4;
/** So long an event waits for its bytes before it is written without them: nobody sees so little. Milliseconds. */
const MOMENT = 10;
const BACKOFF = { first: 500, longest: 60_000 };
/** What says nothing of the others: the server fails over these bytes, or something on the way lets just them not through. */
const ALONE: ReadonlySet<FailureCode> = new Set<FailureCode>(['server.fault', 'network.foreign']);

/** Brings the bytes of messages to this device, those of the replica's list of what is missing. */
export class Downloads {
  readonly #ports: DownloadPorts;
  readonly #queue: string[] = [];
  readonly #known = new Set<string>();
  /** How often what stands in nobody else's way has failed. */
  readonly #failed = new Map<string, number>();
  /** What failed so since anything came: more than a few are no exception, and wait together. */
  readonly #inVain = new Set<string>();
  readonly #pieces = { bytes: MOST_PER_REQUEST };
  /** Downloads that began with the event itself, before it was in the replica. Of one that failed nothing is left: the message may have been taken back, and restored since. */
  readonly #ahead = new Map<Id, { readonly fetching: Promise<FetchedMessage | null>; over: boolean }>();
  #busy = 0;
  #attempts = 0;
  #until = 0;
  /** How long the wait until then is: a clock that is put back meanwhile does not make it longer. */
  #pause = 0;
  #wake = new AbortController();
  /** For who waits until nothing is asked for any more. */
  #empty = Promise.withResolvers<void>();

  constructor(ports: DownloadPorts) {
    this.#ports = ports;
  }

  get #signal(): AbortSignal {
    return this.#ports.tasks.signal;
  }

  get #fetching(): FetchPorts {
    return { ...this.#ports, pieces: this.#pieces };
  }

  /** Looks for what is missing; `log` limits it to one conversation. */
  async look(log?: Id): Promise<void> {
    const missing = await this.#ports.store.list(log === undefined ? below('r/fetch') : below(`r/fetch/${log}`));
    for (const [key] of missing) {
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#queue.push(key);
    }
    this.#pump();
  }

  /** Resolves once nothing is asked for any more, which takes as long as the network likes. What is cut off by the end is waited for no longer. */
  async settled(): Promise<void> {
    if (this.#known.size > 0) await Promise.race([this.#empty.promise, aborted(this.#signal)]);
  }

  /**
   * Fetches what an event names before the event itself goes to disk. What comes within a moment goes there with it, in one step; what
   * takes longer goes on while the event is written.
   */
  async ahead(opened: OpenedEvent): Promise<OpenedEvent> {
    const { event, content } = opened;
    const { id, blobs, class: kind } = event.envelope;
    if (kind !== 'message' || content?.body.kind !== 'message' || !this.#makesRoom()) return opened;
    const begun = { fetching: this.#begin({ id, blobs }, contentOf(content.body)), over: false };
    this.#ahead.set(id, begun);
    void begun.fetching.then((fetched) => {
      begun.over = true;
      if (fetched === null && this.#ahead.get(id) === begun) this.#ahead.delete(id);
    });
    const over = new AbortController();
    const late = this.#ports.clock.sleep(MOMENT, AbortSignal.any([this.#signal, over.signal])).then(() => null);
    const fetched = await Promise.race([begun.fetching, late]);
    over.abort();
    if (fetched === null) return opened;
    this.#ahead.delete(id);
    return { ...opened, bytes: fetched.bytes };
  }

  /** Null: it failed. What lay here goes with the message that it came with, as long as no other one waits for it. */
  async #begin(row: Pick<MessageRow, 'id' | 'blobs'>, content: MessageContent): Promise<FetchedMessage | null> {
    try {
      const fetched = await fetchMessage(this.#fetching, row, content, this.#signal);
      return brings(fetched, row.blobs) ? fetched : null;
    } catch {
      return null;
    }
  }

  /** One that has come and was never asked for, because its event was here already, gives up its place. */
  #makesRoom(): boolean {
    if (this.#ahead.size < AT_ONCE) return true;
    const [unused] = [...this.#ahead].find(([, { over }]) => over) ?? [];
    return unused !== undefined && this.#ahead.delete(unused);
  }

  /** The network is back, or somebody asked. */
  tryNow(): void {
    this.#until = 0;
    this.#attempts = 0;
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  /** The server answers again: the count of attempts stays, it may be only this that does not come through. */
  nudge(): void {
    this.#until = 0;
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  #pump(): void {
    while (this.#busy < AT_ONCE && !this.#signal.aborted) {
      const key = this.#queue.shift();
      if (key === undefined) return;
      this.#busy += 1;
      this.#ports.tasks.run(async () => {
        let later: number | null = null;
        try {
          later = await this.#bring(key);
        } finally {
          this.#busy -= 1;
          if (later === null) this.#forget(key);
          else this.#after(later, key);
          this.#pump();
        }
      });
    }
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#failed.delete(key);
    this.#inVain.delete(key);
    if (this.#known.size > 0) return;
    this.#empty.resolve();
    this.#empty = Promise.withResolvers();
  }

  /** Waits without a place among those that are brought. */
  #after(pause: number, key: string): void {
    this.#ports.tasks.run(async () => {
      await this.#ports.clock.sleep(pause, AbortSignal.any([this.#signal, this.#wake.signal]));
      this.#queue.push(key);
      this.#pump();
    });
  }

  /** Resolves to how long it has to wait, in milliseconds, where it is only this one that does not come; null: it is over. */
  async #bring(key: string): Promise<number | null> {
    const { clock, random, store } = this.#ports;
    const [, , log = '', digits = ''] = key.split('/');
    while (!this.#signal.aborted) {
      const until = this.#until;
      const wait = Math.min(until - clock.now(), this.#pause);
      if (wait > 0) await clock.sleep(wait, AbortSignal.any([this.#signal, this.#wake.signal]));
      // It has waited, whatever the clock shows: one that was put back meanwhile would make each of the next wait as well.
      if (this.#until === until) this.#until = 0;
      const row = (await store.get(keys.message(log, Number(digits)))) as MessageRow | undefined;
      if (row === undefined || row.removed !== null) {
        if (row !== undefined) this.#ahead.delete(row.id);
        return null;
      }
      // Brought back on this device only, so far: the server still says that it is gone. With its word that it is back it is looked for again.
      if (row.content === null && row.back !== undefined) return null;
      const inside = await this.#ports.replica.log(log);
      // Each download that ends moves the row of its log: it is looked for again once nothing of that log lies aside.
      if (row.ahead === undefined && inside?.aside !== undefined) return null;
      // What the server has lost it would say is missing.
      if (inside?.lost !== undefined && Number(digits) > inside.lost) return null;
      try {
        await this.#one(row);
        this.#attempts = 0;
        this.#inVain.clear();
        // Taken back and restored meanwhile it is still asked for.
        if ((await store.get(key)) === undefined) return null;
      } catch (error) {
        if (this.#signal.aborted) return null;
        if (noRoom(error)) this.#ports.stuck(log, Number(digits));
        if (error instanceof Failure && ALONE.has(error.code) && this.#inVain.add(key).size <= AT_ONCE) return this.#pauseAlone(key);
        // A fault of this device's store passes like one of the network; nothing is given up for it.
        this.#attempts += 1;
        const longer = error instanceof Failure ? Number(error.evidence['retryAfter'] ?? 0) * 1000 : 0;
        this.#pause = Math.max(longer, backoff(BACKOFF, this.#attempts, random));
        this.#until = clock.now() + this.#pause;
      }
    }
    return null;
  }

  #pauseAlone(key: string): number {
    const times = (this.#failed.get(key) ?? 0) + 1;
    this.#failed.set(key, times);
    return backoff(BACKOFF, times, this.#ports.random);
  }

  async #one(row: MessageRow): Promise<void> {
    const { replica, bus } = this.#ports;
    const { log, seq, id, person } = row;
    try {
      const content = row.content ?? (await this.#back(row));
      const ahead = this.#ahead.get(id);
      this.#ahead.delete(id);
      const { bytes } = row.here ? { bytes: [] } : ((await ahead?.fetching) ?? (await fetchMessage(this.#fetching, row, content, this.#signal)));
      const delivered = await replica.settle(log, seq, (message) => ({ ...message, here: true, failure: null }), bytes);
      if (delivered === null) return;
      bus.announce({ type: 'message', conversation: log, message: id, from: person });
      this.#ports.delivered(log, delivered);
    } catch (error) {
      if (!(error instanceof Failure) || isPassing(error)) throw error;
      // It may have ended: for this person, or for everybody. Then a notice says so, also to who has left.
      if (error.code === 'not-found' && row.content !== null) await this.#asked(row).catch(unlessPassing);
      // What will not come does not hold up the receipts for what did.
      const failure = error.code === 'blob.damaged' || error.code === 'key.vanished' ? { code: error.code, evidence: error.evidence } : ({ code: 'message.missing', evidence: { ...error.evidence, answer: error.code } } as const);
      const answered = (message: MessageRow): MessageRow | null => {
        // Another page may have made it whole meanwhile.
        if (message.here && message.content) return message;
        // Taken back and restored meanwhile: the answer is from before, and it is asked for anew.
        return row.content !== null && message.content === null ? null : { ...message, failure };
      };
      const delivered = await replica.settle(log, seq, answered, []);
      bus.announce({ type: 'changed', conversation: log, message: id });
      if (delivered !== null) this.#ports.delivered(log, delivered);
    }
  }

  /** The event as the server has it now; where that is a notice, it is taken. */
  async #asked({ log, seq }: MessageRow): Promise<LoggedEvent | null> {
    const { api, session, replica, bus } = this.#ports;
    const event = await eventAt(api, log, seq, this.#signal);
    if (event !== null && event.removed !== null) for (const happening of (await replica.takeEvents(await session.required(), log, [event])).happenings) bus.announce(happening);
    return event;
  }

  /** What was removed and restored says again what it is. */
  async #back(row: MessageRow): Promise<MessageContent> {
    const { api, session, replica, store } = this.#ports;
    const { id, log, seq } = row;
    // It may be over for this person: another device of hers let it go.
    const event = await this.#asked(row);
    const who = await session.required();
    const taken = event !== null && event.removed === null && (await replica.takeBack(who, log, event, row.keep?.seq === undefined ? null : await eventAt(api, log, row.keep.seq, this.#signal)));
    const now = taken ? ((await store.get(keys.message(log, seq))) as MessageRow | undefined) : undefined;
    if (now === undefined || now.content === null) throw new Failure('not-found', { message: id });
    return now.content;
  }
}

function unlessPassing(error: unknown): void {
  if (!(error instanceof Failure) || isPassing(error)) throw error;
}

/** Whether all of it was fetched, and nothing found here. */
function brings({ bytes }: FetchedMessage, blobs: readonly BlobRef[]): boolean {
  return blobs.every(({ id }) => bytes.some(([key]) => key === keys.bytes(id, 0)));
}
