import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isHers } from '../account/hers.ts';
import { allFound } from '../finding/find.ts';
import type { MessagesFace } from '../earshot.ts';
import type { Asked, Found, KnownBackup, OpenedBackup, PlaceName, RecoveryFace } from '../earshot-recovery.ts';
import { goneFailure } from '../replica/messages.ts';
import type { Replica } from '../replica/replica.ts';
import type { MessageRow, PlaceRow } from '../replica/row.ts';
import type { Receipts } from '../sync/receipts.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Tasks } from '../tasks.ts';
import { Asking, type AskingPorts } from './asking.ts';
import { BringingBack } from './bring-back.ts';
import type { BroughtBack, Choice } from './brought-back.ts';
import type { CopyReader } from './copy-format.ts';
import { backupsOf, otherPeople, ownDevices } from './far-places.ts';
import { loseUnlessWhole } from './lose.ts';
import { liveServer, recentlyDeleted, thisDevice } from './near-places.ts';
import { serverForCopy } from './on-server.ts';
import { openOwnCopy, type OwnCopy } from './own-copy.ts';
import { bringFrom, lookEverywhere, type Place } from './place.ts';

export interface RecoveryPorts extends AskingPorts {
  readonly receipts: Pick<Receipts, 'applied'>;
  readonly tasks: Tasks;
  readonly replica: Replica;
  readonly messages: Pick<MessagesFace, 'audio' | 'get' | 'restore'>;
}

export class Recovery implements RecoveryFace {
  readonly #ports: RecoveryPorts;
  readonly #asking: Asking;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
    this.#asking = new Asking(ports);
  }

  async where(message: Id, backups: readonly OpenedBackup[] = []): Promise<Found[]> {
    return await lookEverywhere(await this.#places(backups), await this.#row(message));
  }

  async fetch(message: Id, backups: readonly OpenedBackup[] = []): Promise<PlaceName | null> {
    const { replica, bus } = this.#ports;
    const row = await this.#row(message);
    // Whoever has it could give bytes, and nothing that opens them.
    if (isForOthers(row)) return null;
    // What says that it is here, and is not, would keep everything else from coming.
    if (row.here) await loseUnlessWhole(replica, row, { code: 'message.missing', evidence: { message } });
    const found = await bringFrom(await this.#places(backups), await this.#row(message));
    bus.announce({ type: 'changed', conversation: row.log, message });
    return found;
  }

  async askFor(message: Id): Promise<void> {
    const row = await this.#row(message);
    if (isForOthers(row)) throw new Failure('key.vanished', { message });
    // Whatever somebody gave would not come: a notice stays one, and only what a backup has is brought back by name.
    if (row.removed !== null) throw goneFailure(row.removed);
    await this.#asking.askFor(message);
  }

  async asked(): Promise<Asked[]> {
    return await this.#asking.asked();
  }

  async answer(message: Id): Promise<boolean> {
    return await this.#asking.answer(message);
  }

  async answerDevices(): Promise<void> {
    await this.#asking.answerDevices();
  }

  async gather(): Promise<void> {
    const { store, messages } = this.#ports;
    for (const { log, seq } of (await allFound(store)).filter(({ here }) => !here)) {
      const row = (await store.get(keys.message(log, seq))) as MessageRow | undefined;
      // Room was freed of the others: a copy reads them through from the server.
      if (row === undefined || (row.failure === null && (await store.get(keys.fetch(log, seq))) === undefined)) continue;
      await messages.audio(row.id).catch(unlessFailure);
    }
  }

  async copy(earlier: readonly CopyReader[] = []): Promise<OwnCopy> {
    const { store, api, session } = this.#ports;
    return await openOwnCopy(store, await session.unlocked(), serverForCopy(api), earlier);
  }

  async bringBack(reader: CopyReader, choice: Choice, progress: (done: number, files: number) => void = () => undefined): Promise<BroughtBack> {
    const { store, bus, session, receipts, tasks, outbox, ownLog } = this.#ports;
    const who = await session.unlocked();
    const notes = choice.lostToNotes === true ? await ownLog(who.person) : null;
    const back = await new BringingBack(store, reader, choice, who).run(progress, tasks.signal);
    if (notes !== null && back.noted.length > 0) outbox.kick(notes);
    for (const { log, message } of back.unsent) bus.announce({ type: 'changed', conversation: log, message });
    for (const { log, message } of back.restored) bus.announce({ type: 'changed', conversation: log, message });
    if (back.restored.length + back.unsent.length + back.noted.length > 0) bus.announce({ type: 'conversations' });
    for (const log of new Set(back.restored.map((one) => one.log))) await receipts.applied(log);
    return back;
  }

  async backups(): Promise<KnownBackup[]> {
    return (await this.#ports.store.list(below('r/backup'))).map(([, value]) => value as KnownBackup);
  }

  async remember(person: Id, backup: KnownBackup): Promise<void> {
    await transact(this.#ports.store, async (transaction) => {
      // Her place and her key would be another's from then on.
      if (!(await isHers(transaction, person))) throw new Failure('session.missing');
      transaction.put(keys.backup(backup.place), backup);
    });
  }

  /** In the order in which they are tried: what is near and costs nobody anything comes first. */
  async #places(backups: readonly OpenedBackup[]): Promise<Place[]> {
    const { store, api, session } = this.#ports;
    const { person } = await session.required();
    const fetch = async ({ id }: MessageRow): Promise<void> => void (await this.#ports.messages.audio(id));
    const others = async (): Promise<Id[]> => (await api.call('devices')).devices.filter(({ current, locked }) => !current && !locked).map(({ id }) => id);
    const seek = async (row: MessageRow, whom: readonly Id[]): Promise<boolean> => {
      if (!(await this.#asking.seek(row, whom))) return false;
      await fetch(row);
      return true;
    };
    return [
      recentlyDeleted(store, this.#ports.messages), thisDevice(store, fetch), liveServer(api, fetch), ownDevices({ store, others, seek, me: person }),
      backupsOf(backups, async () => (await this.backups()).map(({ place }) => place), (reader, choice) => this.bringBack(reader, choice)), otherPeople(store, person),
    ];
  }

  async #row(message: Id): Promise<MessageRow> {
    const { store } = this.#ports;
    const place = (await store.get(keys.at(message))) as PlaceRow | undefined;
    const row = place && ((await store.get(keys.message(place.log, place.seq))) as MessageRow | undefined);
    if (row === undefined) throw new Failure('not-found', { message });
    return row;
  }
}

/** What expires, and was said when this device was not there. */
function isForOthers({ failure }: MessageRow): boolean {
  return failure?.code === 'key.vanished';
}

function unlessFailure(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}
