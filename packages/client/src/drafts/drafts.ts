import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SendDetails } from '../earshot.ts';
import type { Draft, DraftsFace, RestingDraft } from '../earshot-drafts.ts';
import { compose } from '../outbox/compose.ts';
import { expiryInForce, retentionOf } from '../keeping/expiry.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import { listRows, readRow, release } from '../outbox/rows.ts';
import type { SayingPorts } from '../outbox/saying.ts';
import { withdraw } from '../outbox/withdraw.ts';
import { contentOf } from '../replica/content.ts';
import type { DraftRow, EventRow, PlaceRow, RestedDraftRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import { viewDraft } from '../replica/view.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { type FetchPorts, fetchMessage } from '../sync/fetch-message.ts';
import type { Tasks } from '../tasks.ts';

export interface DraftPorts extends FetchPorts, SayingPorts {
  readonly tasks: Tasks;
  readonly time: ServerTime;
}

export class Drafts implements DraftsFace {
  readonly #ports: DraftPorts;
  /** Takes that are shown: only messages of these are of interest. */
  #shown: ReadonlySet<Id> = new Set();

  constructor(ports: DraftPorts) {
    this.#ports = ports;
    ports.bus.on((happening) => {
      if (happening.type === 'drafts' || (happening.type === 'changed' && this.#shown.has(happening.message))) ports.tasks.run(() => this.tidy());
    });
  }

  async list(): Promise<Draft[]> {
    return (await this.#elsewhere()).map(({ body }) => viewDraft(body));
  }

  async audio(take: Id): Promise<Uint8Array<ArrayBuffer>> {
    const { event, blobs, body: { message } } = await this.#find(take);
    const { packets, bytes } = await fetchMessage(this.#ports, { id: take, blobs }, contentOf(message));
    await transact(this.#ports.store, async (transaction) => {
      // What was removed meanwhile would leave its bytes behind.
      if ((await transaction.get(keys.draft(event))) !== undefined) for (const [key, value] of bytes) transaction.put(key, value);
    });
    return writeOggOpus({ packets, preSkip: message.preSkip, samples: message.samples });
  }

  /** The id of the message is the take's on every device: the log takes the first and refuses all others. */
  async send(take: Id, chosen: Pick<SendDetails, 'expiry'> = {}): Promise<Id> {
    const { store, session, outbox, clock } = this.#ports;
    const { person, device } = await session.required();
    const { blobs, body: { conversation, message } } = await this.#find(take);
    const expiry = chosen.expiry === undefined ? await expiryInForce(store, conversation) : chosen.expiry;
    const event = compose({ id: take, log: conversation, device, class: 'message', body: message, blobs: [...blobs], expiry });
    await transact(store, async (transaction) => {
      if ((await transaction.get(keys.at(take))) === undefined) await release(transaction, person, event, clock.now());
    });
    outbox.released(take, conversation);
    this.#ports.bus.announce({ type: 'drafts' });
    return take;
  }

  async discard(take: Id): Promise<void> {
    const draft = await this.#find(take);
    const at = this.#ports.time.now();
    await this.#withdraw(take, draft.body.conversation, (transaction) => transaction.put(keys.rested(take), { at, draft } satisfies RestedDraftRow));
    this.#ports.bus.announce({ type: 'drafts' });
  }

  async resting(): Promise<RestingDraft[]> {
    await this.#ports.session.required();
    const [rows, { rest }] = await Promise.all([this.#rested(), retentionOf(this.#ports.store)]);
    return rows.map(({ at, draft }) => ({ ...viewDraft(draft.body), until: at + rest }));
  }

  /** Said once more: what removed it was about the event that showed it before. The server has its bytes for as long as it rests. */
  async restore(take: Id): Promise<void> {
    const { store, session, random, clock, outbox, bus } = this.#ports;
    const { person, device } = await session.required();
    const rested = (await this.#rested()).find(({ draft }) => draft.body.take === take);
    if (rested === undefined) throw new Failure('message.rested', { take });
    const { log, device: recorded, blobs, body } = rested.draft;
    const said = { ...body, recorded };
    const event = compose({ id: makeId(random), log, device, class: 'signal', body: said, blobs: [...blobs] });
    await transact(store, async (transaction) => {
      if ((await transaction.get(keys.rested(take))) === undefined) return;
      transaction.drop(keys.rested(take));
      transaction.put(keys.draft(event.envelope.id), { ...rested.draft, event: event.envelope.id, body: said } satisfies DraftRow);
      await release(transaction, person, event, clock.now(), { conversation: body.conversation });
    });
    outbox.kick(body.conversation);
    bus.announce({ type: 'drafts' });
  }

  async forget(take: Id): Promise<void> {
    await this.#ports.session.required();
    await this.#ports.store.commit([{ drop: keys.rested(take) }]);
    this.#ports.bus.announce({ type: 'drafts' });
  }

  async discarded(): Promise<Id[]> {
    const { person } = await this.#ports.session.required();
    const rows = await listRows(this.#ports.store, person);
    return rows.filter(({ state, shown }) => state.at === 'growing' && shown?.discarded === true).map(({ id }) => id);
  }

  async follow(take: Id): Promise<boolean> {
    const { store, session, outbox } = this.#ports;
    await session.required();
    await outbox.cancel(take, true);
    return (await readRow(store, take))?.state.at !== 'growing';
  }

  /** What was sent is shown no longer: the device that sent it sees to that, once the message is in the log and holds the blobs. */
  async tidy(): Promise<void> {
    const { store, session } = this.#ports;
    const who = await session.current();
    const shown = who === null ? [] : await listShown(store);
    this.#shown = new Set(shown.map(({ body }) => body.take));
    const rests = new Set((await this.#rested()).map(({ draft }) => draft.body.take));
    const over = (await store.list(below('r/rested'))).filter(([, value]) => !rests.has((value as RestedDraftRow).draft.body.take));
    if (over.length > 0) await store.commit(over.map(([drop]) => ({ drop })));
    for (const { body: { take, conversation } } of shown) {
      const place = (await store.get(keys.at(take))) as PlaceRow | undefined;
      if (place === undefined) continue;
      const event = (await store.get(keys.event(place.log, place.seq))) as EventRow | undefined;
      if (event?.envelope.device === who?.device) await this.#withdraw(take, conversation);
    }
  }

  async #withdraw(take: Id, conversation: Id, also: (transaction: Transaction) => void = () => undefined): Promise<void> {
    const { store, session, outbox } = this.#ports;
    const who = await session.required();
    const shown = await transact(store, async (transaction) => {
      also(transaction);
      return await withdraw(this.#ports, transaction, who, take);
    });
    if (shown) outbox.kick(conversation);
  }

  /** The newest act first. What is shown again, or was sent, rests no longer. */
  async #rested(): Promise<RestedDraftRow[]> {
    const { store, time } = this.#ports;
    const { rest } = await retentionOf(store);
    const rows = (await store.list(below('r/rested'))).map(([, value]) => value as RestedDraftRow);
    const shown = new Set((await listShown(store)).map(({ body }) => body.take));
    const there = await Promise.all(rows.map(async ({ at, draft: { body: { take } } }) => at + rest > time.now() && !shown.has(take) && (await store.get(keys.at(take))) === undefined && (await store.get(keys.row(take))) === undefined));
    return rows.filter((_, index) => there[index]).sort((one, other) => other.at - one.at);
  }

  async #find(take: Id): Promise<DraftRow> {
    await this.#ports.session.required();
    const [newest] = await listShown(this.#ports.store, take);
    if (newest === undefined) throw new Failure('not-found', { take });
    return newest;
  }

  /**
   * The newest state of each that is neither at hand nor was sent here, and not sent elsewhere. What this device said of its own takes
   * may come back to it after they were given up, with the removal right behind; what another one brought back of them is shown here as there.
   */
  async #elsewhere(): Promise<DraftRow[]> {
    const { store, session } = this.#ports;
    const { device } = await session.required();
    const found = new Map<Id, DraftRow>();
    for (const shown of await listShown(store)) {
      const { take } = shown.body;
      if ((shown.device === device && shown.body.recorded === undefined) || found.has(take) || (await store.get(keys.row(take))) !== undefined || (await store.get(keys.at(take))) !== undefined) continue;
      found.set(take, shown);
    }
    return [...found.values()];
  }
}
