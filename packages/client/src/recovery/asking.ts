import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { blobRoute } from '@earshot/protocol/addresses.ts';
import type { Asked } from '../earshot-recovery.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import { compose, type EventDraft } from '../outbox/compose.ts';
import { listRows, release } from '../outbox/rows.ts';
import type { OwnSayingPorts } from '../outbox/saying.ts';
import { Turn } from '../outbox/turn.ts';
import type { AskedRow, MessageRow, PlaceRow, SoughtRow } from '../replica/row.ts';
import { readBytes } from '../stores/bytes.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { isPassing } from '../sync/fetch-message.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import { holdsWhole } from './near-places.ts';

export interface AskingPorts extends OwnSayingPorts {
  readonly api: Api;
  readonly tasks: Tasks;
  readonly time: ServerTime;
}

/** So long this device waits for its person's other ones, before it looks elsewhere. They may answer later all the same. Milliseconds. */
const PATIENCE = 5_000;
/** So long after something did not get through it is given back once more. Milliseconds. */
const AGAIN = 30_000;

/** Asks others for the sound of a message, and answers those who ask. What is given back goes to the server, which takes only what fits. */
export class Asking {
  readonly #ports: AskingPorts;
  /** One look at a time: nobody is answered twice. */
  readonly #looks = new Turn();
  /** The server takes one thing of a person at a time. */
  readonly #gifts = new Turn();
  /** What is being given, by message: who presses again waits for the same. */
  readonly #giving = new Map<Id, Promise<boolean>>();
  #waits = false;

  constructor(ports: AskingPorts) {
    this.#ports = ports;
  }

  /** Asks one's other devices. Resolves with whether one of them had it and gave it back. */
  async seek(row: MessageRow, whom: readonly Id[]): Promise<boolean> {
    const { clock, bus, session, ownLog } = this.#ports;
    const { person } = await session.required();
    const seek = await this.#say({ log: await ownLog(person), class: 'signal', body: { kind: 'seek', log: row.log, message: row.id } });
    const over = new AbortController();
    const late = clock.sleep(PATIENCE, over.signal);
    try {
      for (;;) {
        const changed = Promise.withResolvers<void>();
        const end = bus.on(({ type }) => void (type === 'asked' && changed.resolve()));
        const answers = (await this.#asks(row.id)).find(({ event }) => event === seek)?.answers ?? [];
        const found = answers.some((answer) => answer.found);
        const done = found || whom.every((one) => answers.some(({ by }) => by === one));
        const waited = done ? 'done' : await Promise.race([changed.promise.then(() => 'changed' as const), late.then(() => 'late' as const)]);
        end();
        if (waited !== 'changed') return found;
      }
    } finally {
      over.abort();
    }
  }

  async askFor(message: Id): Promise<void> {
    const row = await this.#row(message);
    if (row === null) throw new Failure('not-found', { message });
    await this.#say({ log: row.log, class: 'ask', refers: [message], body: { kind: 'plain' } });
  }

  /** What others ask this person for: while it is open, and nobody has answered with it. */
  async asked(): Promise<Asked[]> {
    const { store, session, time } = this.#ports;
    const { person } = await session.required();
    const rows = (await store.list(below('r/asked'))).map(([, value]) => value as AskedRow);
    const waiting = new Set((await this.#waiting()).map(({ message }) => message));
    const since = time.now() - limits.askLife;
    return rows.filter(({ message }) => !waiting.has(message)).flatMap(({ message, log, asks }) =>
      asks.filter((ask) => !ask.own && ask.by !== person && ask.at > since && !ask.answers.some(({ by, found }) => found || by === person)).map(({ by, at }) => ({ message, conversation: log, by, at, giving: this.#giving.has(message) })),
    );
  }

  answer(message: Id): Promise<boolean> {
    const giving = this.#giving.get(message) ?? this.#answer(message).finally(() => this.#giving.delete(message));
    this.#giving.set(message, giving);
    return giving;
  }

  async #answer(message: Id): Promise<boolean> {
    const row = await this.#row(message);
    if (row === null) throw new Failure('not-found', { message });
    const said = new Set((await this.#waiting()).filter((answer) => answer.message === message).map(({ found }) => found));
    const found = said.has(true) || (await this.#gifts.take(() => this.#giveBack(row)));
    if (!said.has(found)) await this.#say({ log: row.log, class: 'answer', refers: [message], body: { kind: 'answer', found } });
    return found;
  }

  /** What this person has answered, and the log does not have yet. */
  async #waiting(): Promise<{ message: Id; found: boolean }[]> {
    const { store, session } = this.#ports;
    const rows = await listRows(store, (await session.required()).person);
    return rows.flatMap(({ state, event }) => {
      const found = event?.body.kind === 'answer' && state.at !== 'set-aside' ? event.body.found : null;
      return event === null || found === null ? [] : event.envelope.refers.map((message) => ({ message, found }));
    });
  }

  /** Answers one's other devices. What does not get through now is in nobody's way, and is given back a little later, or once the server is there again. */
  answerDevices(): Promise<void> {
    return this.#looks.take(() => this.#answerAll());
  }

  async #answerAll(): Promise<void> {
    const waiting = (await this.#ports.store.list(below('r/sought'))).map(([, value]) => value as SoughtRow);
    const failed: Failure[] = [];
    for (const sought of waiting) {
      try {
        await this.#answerDevice(sought);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failed.push(error);
      }
    }
    if (failed.some(isPassing)) this.#answerLater();
    const lasting = failed.find((failure) => !isPassing(failure));
    if (lasting !== undefined) throw lasting;
  }

  /** What they asked long ago has been found or given up. */
  async #answerDevice({ seek, at, message }: SoughtRow): Promise<void> {
    const { store, session, time, ownLog } = this.#ports;
    const answered = (transaction: Transaction): void => transaction.drop(keys.sought(seek));
    if (at < time.now() - limits.askLife) return await transact(store, (transaction) => Promise.resolve(answered(transaction)));
    const row = await this.#row(message);
    const found = row !== null && (await this.#gifts.take(() => this.#giveBack(row)));
    const { person } = await session.required();
    await this.#say({ log: await ownLog(person), class: 'signal', body: { kind: 'sought', seek, message, found } }, answered);
  }

  #answerLater(): void {
    const { clock, tasks } = this.#ports;
    if (this.#waits) return;
    this.#waits = true;
    tasks.run(async () => {
      await clock.sleep(AGAIN, tasks.signal);
      this.#waits = false;
      if (!tasks.signal.aborted) await this.answerDevices();
    });
  }

  /** False when the sound is not here, or the server does not want it from this person. */
  async #giveBack(row: MessageRow): Promise<boolean> {
    const { store, api } = this.#ports;
    if (!(await holdsWhole(store, row))) return false;
    try {
      for (const { id, length } of row.blobs)
        await api.raw({ method: 'PUT', path: blobRoute.replace(':id', id), headers: { 'content-type': 'application/octet-stream' }, body: await readBytes(store, id, 0, length) });
      return true;
    } catch (error) {
      if (error instanceof Failure && (error.code === 'not-found' || error.code === 'blob.mismatch')) return false;
      throw error;
    }
  }

  async #say(what: Omit<EventDraft, 'id' | 'device'>, also: (transaction: Transaction) => void = () => undefined): Promise<Id> {
    const { store, session, random, clock, outbox } = this.#ports;
    const { person, device } = await session.required();
    const event = compose({ id: makeId(random), device, ...what });
    await transact(store, async (transaction) => {
      also(transaction);
      await release(transaction, person, event, clock.now());
    });
    outbox.kick(what.log);
    return event.envelope.id;
  }

  async #asks(message: Id): Promise<AskedRow['asks']> {
    return ((await this.#ports.store.get(keys.asked(message))) as AskedRow | undefined)?.asks ?? [];
  }

  async #row(message: Id): Promise<MessageRow | null> {
    const { store } = this.#ports;
    const place = (await store.get(keys.at(message))) as PlaceRow | undefined;
    return place === undefined ? null : (((await store.get(keys.message(place.log, place.seq))) as MessageRow | undefined) ?? null);
  }
}
