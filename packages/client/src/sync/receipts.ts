import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Replica } from '../replica/replica.ts';
import type { CursorRow, LogRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';

export interface ReceiptPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly replica: Replica;
  readonly tasks: Tasks;
}

/** What this device tells of what it holds, and what others told while it was away. */
export class Receipts {
  readonly #ports: ReceiptPorts;
  /** Says it over the open connection; false when there is none. */
  readonly #say: (log: Id, delivered: number) => boolean;
  readonly #said = new Map<Id, number>();

  constructor(ports: ReceiptPorts, say: (log: Id, delivered: number) => boolean) {
    this.#ports = ports;
    this.#say = say;
  }

  /** A log is whole up to `delivered`. Without an open connection it goes by request; when that fails, with the next connection. */
  async delivered(log: Id, delivered: number): Promise<void> {
    if ((this.#said.get(log) ?? 0) >= delivered) return;
    if (this.#say(log, delivered)) {
      this.#said.set(log, delivered);
      return;
    }
    const { signal } = this.#ports.tasks;
    if (signal.aborted) return;
    try {
      await this.#ports.api.call('setCursor', { params: { log }, body: { delivered }, signal });
      await this.#ports.replica.reported(log, delivered);
    } catch (error) {
      // It is said again with the next connection.
      if (!signal.aborted && !(error instanceof Failure)) throw error;
    }
  }

  /** After events that brought no bytes to wait for. */
  async applied(log: Id): Promise<void> {
    const row = (await this.#ports.store.get(keys.log(log))) as LogRow | undefined;
    if (row !== undefined && row.delivered > row.reported) await this.delivered(log, row.delivered);
  }

  /** A new connection: what the server does not know yet is said anew, what others said meanwhile is asked for. */
  async connected(me: SessionRow): Promise<void> {
    this.#said.clear();
    for (const row of await this.#ports.replica.logs()) {
      if (row.pending) continue;
      if (row.delivered > row.reported) await this.delivered(row.id, row.delivered);
      if (await this.#isUnsettled(me.person, row)) await this.#ask(me, row.id);
    }
  }

  /** Whether somebody's receipt for one's own last message is still open. */
  async #isUnsettled(me: Id, row: LogRow): Promise<boolean> {
    if (row.mine === 0) return false;
    const others = row.members.filter(({ person, left }) => person !== me && left === null);
    const open = await Promise.all(
      others.map(async ({ person }) => {
        const cursors = await this.#ports.store.list(below(`r/cursor/${row.id}/${person}`));
        return cursors.length === 0 || cursors.some(([, value]) => (value as CursorRow).delivered < row.mine);
      }),
    );
    return open.includes(true);
  }

  async #ask(me: SessionRow, log: Id): Promise<void> {
    const { api, replica, bus } = this.#ports;
    const { cursors } = await api.call('cursors', { params: { log } });
    for (const cursor of cursors) for (const happening of await replica.takeCursor(me, log, cursor)) bus.announce(happening);
  }
}
