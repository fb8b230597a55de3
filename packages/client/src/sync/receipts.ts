import type { Id } from '@earshot/base/ids.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { CursorCommand, Trouble } from '@earshot/protocol/logs.ts';
import type { SessionRow } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Replica } from '../replica/replica.ts';
import type { LogRow, DevicesRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { noRoom } from '../stores/no-room.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';

export interface ReceiptPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly replica: Replica;
  readonly tasks: Tasks;
}

/** What this device tells of what it holds and could not take, and what others told while it was away. */
export class Receipts {
  readonly #ports: ReceiptPorts;
  /** Says it over the open connection; false when there is none. */
  readonly #say: (log: Id, command: CursorCommand) => boolean;
  readonly #said = new Map<Id, { readonly delivered: number; readonly troubles: string }>();
  /** The first event of a log that this device has no room for: only in memory, because nothing can be written down then. */
  readonly #full = new Map<Id, number>();
  /** How often the others' devices have said something about a log, as the server counts. */
  readonly #counted = new Map<Id, number>();

  constructor(ports: ReceiptPorts, say: (log: Id, command: CursorCommand) => boolean) {
    this.#ports = ports;
    this.#say = say;
  }

  /**
   * A log is whole up to `delivered`. Without an open connection it goes by request; when that fails, with the next connection. Of what the server lost it
   * is told nothing: it would take it for what others said there since, under the same numbers.
   */
  async delivered(log: Id, delivered: number): Promise<void> {
    const row = await this.#ports.replica.log(log);
    if (row === undefined || row.lost !== undefined) return;
    const troubles = await this.#troubles(log, delivered);
    const said = this.#said.get(log);
    const command: CursorCommand = { delivered: Math.max(delivered, said?.delivered ?? 0), ...(troubles && { troubles }) };
    const saying = { delivered: command.delivered, troubles: JSON.stringify(troubles ?? []) };
    if ((said?.delivered ?? 0) >= delivered && (said?.troubles ?? '[]') === saying.troubles) return;
    if (this.#say(log, command)) {
      this.#said.set(log, saying);
      return;
    }
    const { signal } = this.#ports.tasks;
    if (signal.aborted) return;
    try {
      await this.#ports.api.call('setCursor', { params: { log }, body: command, signal });
      await this.#ports.replica.reported(log, command.delivered, troubles ?? []);
    } catch (error) {
      // It is said again with the next connection.
      if (!signal.aborted && !(error instanceof Failure)) throw error;
    }
  }

  /** This device has no room for an event. Who sent it learns why it does not arrive. */
  async stuck(log: Id, seq: number): Promise<void> {
    this.#full.set(log, Math.min(seq, this.#full.get(log) ?? Infinity));
    // What was said over a connection that then ended may not have been heard.
    this.#said.delete(log);
    await this.applied(log);
  }

  /** A device without room cannot even note that an event came: its sender is told. */
  async noted<T>(taking: Promise<T>, log: Id, first: Pick<LoggedEvent, 'seq'> | undefined): Promise<T> {
    try {
      return await taking;
    } catch (error) {
      if (noRoom(error) && first !== undefined) await this.stuck(log, first.seq);
      throw error;
    }
  }

  /** After events that brought no bytes to wait for, after a trouble came or went, and after something ended: nobody waits for it any more. */
  async applied(log: Id): Promise<void> {
    const row = (await this.#ports.store.get(keys.log(log))) as LogRow | undefined;
    if (row === undefined) return;
    if (row.delivered > row.reported || (await this.#troubles(log, row.delivered)) !== null) await this.delivered(log, row.delivered);
  }

  /** Another page of this device may have brought something and ended before it said so. */
  async owed(): Promise<void> {
    for (const row of await this.#ports.replica.logs()) if (!row.pending && row.delivered > row.reported) await this.delivered(row.id, row.delivered);
  }

  /** Another device, as the server counts: it has been told nothing yet. */
  forget(): void {
    this.#said.clear();
    this.#full.clear();
  }

  /** The server's count of what the others' devices said about a log. */
  counted(log: Id, receipts: number): void {
    this.#counted.set(log, receipts);
  }

  /** A new connection: what the server does not know yet is said anew, what others said meanwhile is asked for. */
  async connected(me: SessionRow): Promise<void> {
    const { store, replica } = this.#ports;
    this.#said.clear();
    const troubled = new Set([...(await store.list(below('r/trouble'))), ...(await store.list(below('r/admitted')))].map(([key]) => key.split('/')[2]));
    for (const row of await replica.logs()) if (!row.pending && (row.delivered > row.reported || troubled.has(row.id))) await this.delivered(row.id, row.delivered);
    await this.missed(me);
  }

  /**
   * Asks what the others' devices said about what this person said, where the server has counted more than is known here. Once more when what lay aside
   * is in its place: only that tells of some conversations that she said something in them.
   */
  async missed(me: SessionRow): Promise<void> {
    const { store, replica } = this.#ports;
    const known = new Map((await store.list(below('r/devices'))).map(([key, value]) => [key.split('/')[2], (value as DevicesRow).receipts]));
    for (const { id, kind, mine, members, pending } of await replica.logs()) {
      // Receipts are of interest to who said something, while she may read them.
      const asks = !pending && mine > 0 && kind !== 'self' && members.some(({ person, left }) => person === me.person && left === null);
      if (asks && this.#counted.get(id) !== known.get(id)) await this.ask(me, id);
    }
  }

  /** Brings what the others' devices said about a log, and when they were there. */
  async ask(me: SessionRow, log: Id): Promise<void> {
    const { api, replica, bus } = this.#ports;
    // It would be of what others said there since. What is counted then is asked for once the server has it again.
    if ((await replica.log(log))?.lost !== undefined) return;
    const { cursors, devices, receipts } = await api.call('cursors', { params: { log } });
    for (const cursor of cursors) for (const happening of await replica.takeCursor(me, log, cursor)) bus.announce(happening);
    // Last, so that a count that is known stands for cursors that are known.
    if (await replica.takeDevices(me.person, log, { devices, receipts })) bus.announce({ type: 'conversations' });
  }

  /** What to tell of troubles; null while there is nothing to tell, and nothing told that is over. */
  async #troubles(log: Id, delivered: number): Promise<Trouble[] | null> {
    const full = this.#full.get(log);
    if (full !== undefined && full <= delivered) this.#full.delete(log);
    const stored = await this.#ports.replica.troubles(log);
    const all = full !== undefined && full > delivered ? [{ seq: full, code: 'device.storage' } as const, ...stored] : stored;
    if (all.length > 0) return all.slice(0, limits.troublesPerCursor);
    const told = (await this.#ports.store.get(keys.admitted(log))) !== undefined || (this.#said.get(log)?.troubles ?? '[]') !== '[]';
    return told ? [] : null;
  }
}
