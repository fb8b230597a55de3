import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { FindQuery, FoundMessages } from '../earshot-finding.ts';
import type { Happening, Message, MessagesFace } from '../earshot.ts';
import { applyWords } from '../finding/words.ts';
import { expiryInForce } from '../keeping/expiry.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import { writeMessage } from '../keeping/write.ts';
import { compose } from '../outbox/compose.ts';
import { orderOf, type OutboxRow } from '../outbox/row.ts';
import { listRows, readRow, release } from '../outbox/rows.ts';
import type { SayingPorts } from '../outbox/saying.ts';
import { openPart } from '../outbox/stored-part.ts';
import { readBytes } from '../stores/bytes.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { type FetchPorts, fetchMessage, isPassing } from '../sync/fetch-message.ts';
import type { Receipts } from '../sync/receipts.ts';
import { contentIn, contentOf } from './content.ts';
import type { Replica } from './replica.ts';
import type { Custody } from './recipients.ts';
import type { CursorRow, DevicesRow, ListeningRow, LogRow, MessageRow, PlaceRow } from './row.ts';
import { viewMessage, viewOutgoing } from './view.ts';

export interface MessagePorts extends FetchPorts, SayingPorts {
  readonly replica: Replica;
  readonly time: ServerTime;
  readonly receipts: Pick<Receipts, 'ask' | 'applied'>;
  /** The person's own log, made when there is none. */
  readonly ownLog: (person: Id) => Promise<Id>;
}

const PAGE = 50;

/** Loaded with the first of them: nobody removes anything before having something. */
const acts = async () => await import('../keeping/acts.ts');

export class Messages implements MessagesFace {
  readonly #ports: MessagePorts;

  constructor(ports: MessagePorts) {
    this.#ports = ports;
  }

  async list(conversation: Id, { limit = PAGE, before = Infinity }: { limit?: number; before?: number } = {}): Promise<Message[]> {
    const { store, session, outbox } = this.#ports;
    const { person } = await session.required();
    const range = { from: keys.message(conversation, 0), to: before === Infinity ? below(`r/message/${conversation}`).to : keys.message(conversation, before), limit, reverse: true };
    const [entries, places, custody, rows] = await Promise.all([store.list(range), store.list(below('r/place')), this.#custody(conversation), before === Infinity ? listRows(store, person) : []]);
    const placeOf = new Map(places.map(([key, value]) => [key, (value as ListeningRow).value]));
    const logged = entries.toReversed().map(([, value]) => value as MessageRow).map((row) => viewMessage(row, person, custody, placeOf.get(keys.place(row.id))));
    const unsent = rows.filter((row) => row.conversation === conversation).sort((one, other) => orderOf(one) - orderOf(other));
    const outgoing = unsent.flatMap((row) => viewOutgoing(row, outbox.stored(row), outbox.waiting(conversation)) ?? []);
    return [...logged, ...outgoing.filter(({ id }) => !logged.some((message) => message.id === id))].slice(-limit);
  }

  async get(message: Id): Promise<Message | null> {
    const { session, outbox } = this.#ports;
    const { person } = await session.required();
    const row = await this.#row(message);
    if (row !== null) return await this.#view(row, person);
    const own = await readRow(this.#ports.store, message);
    return own === null || own.owner !== person ? null : viewOutgoing(own, outbox.stored(own), outbox.waiting(own.conversation));
  }

  async find(query: FindQuery): Promise<FoundMessages> {
    const { person } = await this.#ports.session.required();
    const { findRows } = await import('../finding/find.ts');
    const { rows, count, more } = await findRows(this.#ports.store, person, query);
    return { messages: await Promise.all(rows.map((row) => this.#view(row, person))), count, more };
  }

  async keepWords(message: Id, words: string | null): Promise<void> {
    const { store, session, random, clock, outbox, bus, ownLog } = this.#ports;
    const { person, device } = await session.required();
    if ((await this.#row(message)) === null) throw new Failure('not-found', { message });
    const log = await ownLog(person);
    const body = { kind: 'words', message, words: words ?? '' } as const;
    const event = compose({ id: makeId(random), log, device, class: 'signal', body });
    const happenings = await transact(store, async (transaction) => {
      const announced: Happening[] = [];
      await applyWords(transaction, body, announced);
      await release(transaction, person, event, clock.now());
      return announced;
    });
    outbox.kick(log);
    for (const happening of happenings) bus.announce(happening);
  }

  async forward(message: Id, conversation: Id): Promise<Id> {
    const { store, session, random, clock, outbox } = this.#ports;
    const { person, device } = await session.required();
    const [row, to] = await Promise.all([this.#row(message), store.get(keys.log(conversation))]);
    if (row === null || to === undefined) throw new Failure('not-found', row === null ? { message } : { conversation });
    if (row.removed !== null) throw goneFailure(row.removed);
    // What somebody else said to be heard once goes no further.
    if (row.expiry === 0 && row.keep === undefined && row.person !== person) throw new Failure('message.once', { message });
    const { forwardedBody } = await import('./forward.ts');
    const usual = await expiryInForce(store, conversation);
    // What expires goes on expiring wherever it is said on, but in her notes: what she saves there is hers, as a file would be.
    const expiry = row.keep === undefined && (to as LogRow).kind !== 'self' ? (row.expiry ?? usual) : usual;
    const event = compose({ id: makeId(random), log: conversation, device, class: 'message', body: forwardedBody({ ...row, content: contentIn(row) }, to as LogRow), blobs: [...row.blobs], expiry });
    await transact(store, (transaction) => release(transaction, person, event, clock.now()));
    const { id } = event.envelope;
    outbox.released(id, conversation);
    return id;
  }

  async #view(row: MessageRow, person: Id): Promise<Message> {
    const [custody, place] = await Promise.all([this.#custody(row.log), this.#ports.store.get(keys.place(row.id))]);
    return viewMessage(row, person, custody, (place as ListeningRow | undefined)?.value);
  }

  async audio(message: Id): Promise<Uint8Array<ArrayBuffer>> {
    const { person } = await this.#ports.session.required();
    const row = await this.#row(message);
    if (row === null) return await this.#outgoingAudio(await readRow(this.#ports.store, message), person);
    if (row.removed !== null && row.content === null) throw goneFailure(row.removed);
    const content = contentIn(row);
    const { packets, bytes } = await this.#fetch(row, content);
    if (!row.here || bytes.length > 0) {
      await this.#ports.replica.settle(row.log, row.seq, (now) => ({ ...now, here: true, failure: null }), bytes);
      this.#ports.bus.announce({ type: 'changed', conversation: row.log, message });
      await this.#ports.receipts.applied(row.log);
    }
    const { preSkip, samples } = content;
    return writeOggOpus({ packets, preSkip, samples });
  }

  async #fetch(row: MessageRow, content: NonNullable<MessageRow['content']>): ReturnType<typeof fetchMessage> {
    try {
      return await fetchMessage(this.#ports, row, content);
    } catch (error) {
      const failure = error instanceof Failure && error.code === 'not-found' ? new Failure('message.missing', { message: row.id }, { cause: error }) : error;
      if (row.here && isPassing(failure)) await this.#awaited(row);
      if (row.here && failure instanceof Failure && (failure.code === 'message.missing' || failure.code === 'blob.damaged')) await this.#lost(row, failure);
      throw failure;
    }
  }

  /** Neither this device nor the server has its bytes as they should be. */
  async #lost(row: MessageRow, failure: Failure): Promise<void> {
    const { loseUnlessWhole } = await import('../recovery/lose.ts');
    await loseUnlessWhole(this.#ports.replica, row, failure);
    this.#ports.bus.announce({ type: 'changed', conversation: row.log, message: row.id });
  }

  /** Its bytes were damaged on this device, and the server cannot be reached now: they come by themselves once it can. */
  async #awaited({ log, seq, id }: MessageRow): Promise<void> {
    await transact(this.#ports.store, async (transaction) => {
      const now = await transaction.get<MessageRow>(keys.message(log, seq));
      if (now?.here !== true || now.removed !== null) return;
      transaction.put(keys.message(log, seq), { ...now, here: false });
      transaction.put(keys.fetch(log, seq), id);
    });
    this.#ports.bus.announce({ type: 'changed', conversation: log, message: id });
  }

  async #outgoingAudio(row: OutboxRow | null, person: Id): Promise<Uint8Array<ArrayBuffer>> {
    const body = row?.event?.body;
    if (row === null || row.owner !== person || body?.kind !== 'message') throw new Failure('not-found');
    const { store } = this.#ports;
    const packets: Uint8Array[] = [];
    // Another device recorded it.
    if (row.parts.length === 0) packets.push(...(await fetchMessage(this.#ports, { id: row.id, blobs: row.event?.envelope.blobs ?? [] }, contentOf(body))).packets);
    for (const part of row.parts) packets.push(...(await openPart(part, await readBytes(store, part.blob, 0, part.sealed))));
    return writeOggOpus({ packets, preSkip: body.preSkip, samples: body.samples });
  }

  async heard(message: Id, seconds: number): Promise<void> {
    const { store, session, random, clock, outbox, bus } = this.#ports;
    const { person, device } = await session.required();
    const row = await this.#row(message);
    if (row === null || row.person === person || row.heard || row.removed !== null) return;
    const event = compose({ id: makeId(random), log: row.log, device, class: row.expiry === undefined ? 'signal' : 'heard', refers: [message], body: { kind: 'heard', seconds } });
    const changed = await transact(store, async (transaction) => {
      const log = await transaction.get<LogRow>(keys.log(row.log));
      const now = await transaction.get<MessageRow>(keys.message(row.log, row.seq));
      if (log === undefined || now === undefined || now.heard || now.removed !== null) return false;
      transaction.put(keys.log(row.log), await writeMessage(transaction, person, log, now, { ...now, heard: true }));
      await release(transaction, person, event, clock.now());
      return true;
    });
    if (!changed) return;
    outbox.kick(row.log);
    bus.announce({ type: 'changed', conversation: row.log, message });
  }

  async remove(message: Id): Promise<void> {
    await (await acts()).remove(this.#ports, message);
  }

  async removeForMe(message: Id): Promise<void> {
    await (await acts()).removeForMe(this.#ports, message);
  }

  async restore(message: Id): Promise<void> {
    await (await acts()).restore(this.#ports, message);
  }

  async removeForGood(message: Id): Promise<void> {
    await (await acts()).removeForGood(this.#ports, message);
  }

  async keep(message: Id): Promise<void> {
    await (await acts()).keep(this.#ports, message);
  }

  async recentlyDeleted(): Promise<Message[]> {
    const { person } = await this.#ports.session.required();
    const rows = await (await acts()).resting(this.#ports);
    return await Promise.all(rows.map((row) => this.#view(row, person)));
  }

  async ask(conversation: Id): Promise<void> {
    await this.#ports.receipts.ask(await this.#ports.session.required(), conversation);
  }

  async #custody(conversation: Id): Promise<Custody> {
    const { store } = this.#ports;
    const [log, asked, cursors] = await Promise.all([store.get(keys.log(conversation)), store.get(keys.devices(conversation)), store.list(below(`r/cursor/${conversation}`))]);
    const receipts = cursors.map(([key, value]) => {
      const [, , , person = '', device = ''] = key.split('/');
      return { person, device, ...(value as CursorRow) };
    });
    return { log: log as LogRow | undefined, asked: (asked as DevicesRow | undefined) ?? null, receipts };
  }

  /** The last message of a conversation, sent or not. */
  async last(log: LogRow, unsent: readonly OutboxRow[]): Promise<Message | null> {
    const { person } = await this.#ports.session.required();
    const own = unsent.filter((row) => row.conversation === log.id && row.event?.body.kind === 'message').sort((one, other) => orderOf(other) - orderOf(one));
    for (const row of own) {
      const message = viewOutgoing(row, this.#ports.outbox.stored(row), this.#ports.outbox.waiting(log.id));
      if (message !== null) return message;
    }
    const rows = await Promise.all([log.aside?.last, log.last].map(async (seq) => (seq === undefined || seq === null ? undefined : await this.#ports.store.get(keys.message(log.id, seq)))));
    const row = rows.find((one) => one !== undefined) as MessageRow | undefined;
    return row === undefined ? null : viewMessage(row, person, await this.#custody(log.id));
  }

  async #row(message: Id): Promise<MessageRow | null> {
    const place = (await this.#ports.store.get(keys.at(message))) as PlaceRow | undefined;
    if (place === undefined) return null;
    return ((await this.#ports.store.get(keys.message(place.log, place.seq))) as MessageRow | undefined) ?? null;
  }
}

/** Why nothing can be done any more with what is a notice. */
export function goneFailure({ at, by, rule }: NonNullable<MessageRow['removed']>): Failure {
  return new Failure(rule === 'expired' ? 'message.expired' : 'message.removed', { at, by });
}
