import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Draft, DraftsFace, SendDetails } from '../earshot.ts';
import { compose } from '../outbox/compose.ts';
import { expiryInForce } from '../keeping/expiry.ts';
import { listRows, release } from '../outbox/rows.ts';
import type { SayingPorts } from '../outbox/saying.ts';
import { withdraw } from '../outbox/withdraw.ts';
import { contentOf } from '../replica/content.ts';
import type { DraftRow, EventRow, PlaceRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import { viewDraft } from '../replica/view.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { type FetchPorts, fetchMessage } from '../sync/fetch-message.ts';
import type { Tasks } from '../tasks.ts';

export interface DraftPorts extends FetchPorts, SayingPorts {
  readonly tasks: Tasks;
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
    const { body: { conversation } } = await this.#find(take);
    await this.#withdraw(take, conversation);
    this.#ports.bus.announce({ type: 'drafts' });
  }

  async discarded(): Promise<Id[]> {
    const { person } = await this.#ports.session.required();
    const rows = await listRows(this.#ports.store, person);
    return rows.filter(({ state, shown }) => state.at === 'growing' && shown?.discarded === true).map(({ id }) => id);
  }

  /** What was sent is shown no longer: the device that sent it sees to that, once the message is in the log and holds the blobs. */
  async tidy(): Promise<void> {
    const { store, session } = this.#ports;
    const who = await session.current();
    const shown = who === null ? [] : await listShown(store);
    this.#shown = new Set(shown.map(({ body }) => body.take));
    for (const { body: { take, conversation } } of shown) {
      const place = (await store.get(keys.at(take))) as PlaceRow | undefined;
      if (place === undefined) continue;
      const event = (await store.get(keys.event(place.log, place.seq))) as EventRow | undefined;
      if (event?.envelope.device === who?.device) await this.#withdraw(take, conversation);
    }
  }

  async #withdraw(take: Id, conversation: Id): Promise<void> {
    const { store, session, outbox } = this.#ports;
    const who = await session.required();
    if (await transact(store, (transaction) => withdraw(this.#ports, transaction, who, take))) outbox.kick(conversation);
  }

  async #find(take: Id): Promise<DraftRow> {
    await this.#ports.session.required();
    const [newest] = await listShown(this.#ports.store, take);
    if (newest === undefined) throw new Failure('not-found', { take });
    return newest;
  }

  /**
   * The newest state of each that was neither recorded nor sent here, and not sent elsewhere. What this device said of its own takes
   * may come back to it after they were given up, with the removal right behind.
   */
  async #elsewhere(): Promise<DraftRow[]> {
    const { store, session } = this.#ports;
    const { device } = await session.required();
    const found = new Map<Id, DraftRow>();
    for (const shown of await listShown(store)) {
      const { take } = shown.body;
      if (shown.device === device || found.has(take) || (await store.get(keys.row(take))) !== undefined || (await store.get(keys.at(take))) !== undefined) continue;
      found.set(take, shown);
    }
    return [...found.values()];
  }
}
