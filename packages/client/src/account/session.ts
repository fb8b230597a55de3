import type { Id } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Bus } from '../bus.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';

export type SessionRow = {
  readonly person: Id;
  readonly handle: string;
  readonly name: string;
  readonly device: Id;
  /** Null in browsers, whose session is in a cookie. */
  readonly token: string | null;
  /** This device is signed in, but in nobody's chain yet: it reads and sends nothing. */
  readonly locked: boolean;
  /** Why the server no longer accepts it. The replica stays, for when the same person signs in again. */
  readonly ended: FailureCode | null;
  /** She signed out here: everything of hers is being destroyed, or will be at the next start. */
  readonly going?: true;
};

/** Who is signed in on this device. */
export class Session {
  readonly #store: Store;
  readonly #api: Api;
  readonly #bus: Bus;
  #leaving = false;

  constructor(store: Store, api: Api, bus: Bus) {
    this.#store = store;
    this.#api = api;
    this.#bus = bus;
  }

  /** The stored row, also of a session that ended. Another page may have changed it, so it is read each time. */
  async stored(): Promise<SessionRow | null> {
    const row = ((await this.#store.get(keys.session)) as SessionRow | undefined) ?? null;
    this.#api.token = row?.token ?? null;
    return row;
  }

  async current(): Promise<SessionRow | null> {
    const row = await this.stored();
    return row === null || row.ended !== null ? null : row;
  }

  /** Whether there was one here, and is no more. */
  async isOver(): Promise<boolean> {
    const row = await this.stored();
    return row !== null && row.ended !== null;
  }

  /** Why it is over, as the server said. Null where there is one, where nobody was, and where she signed out here, also while that is not finished. */
  async endedBy(): Promise<FailureCode | null> {
    const row = await this.stored();
    return row === null || row.going === true || this.#leaving ? null : row.ended;
  }

  /** As the page shows it. */
  async shown(): Promise<{ person: Id; handle: string; name: string; device: Id; locked: boolean } | null> {
    const row = await this.current();
    return row === null ? null : { person: row.person, handle: row.handle, name: row.name, device: row.device, locked: row.locked };
  }

  /** Rejects with `session.missing` while nobody is signed in. */
  async required(): Promise<SessionRow> {
    const row = await this.current();
    if (row === null) throw new Failure('session.missing');
    return row;
  }

  /** The session of a device that holds its keys. Rejects with `device.locked` until it does. */
  async unlocked(): Promise<SessionRow> {
    const row = await this.required();
    if (row.locked) throw new Failure('device.locked', { device: row.device });
    return row;
  }

  /**
   * Rejects with `session.open` while somebody is signed in: whoever came next would take her place, and all that she reads here would be destroyed. She
   * herself, known by her `handle`, may come again; a session that is over stands in nobody's way.
   */
  async vacant(handle: string | null): Promise<void> {
    const row = await this.current();
    if (row !== null && row.handle !== handle) throw new Failure('session.open', { handle: row.handle });
  }

  /** Something that only whoever is signed in can do. When the server says that the session is over, it ends here as well. */
  async asMe<T>(work: () => Promise<T>): Promise<T> {
    const row = await this.required();
    try {
      return await work();
    } catch (error) {
      if (endsSession(error)) await this.end(error.code, row.device);
      throw error;
    }
  }

  /** While she signs out here: that the server then ends the session is her own doing, and the word of it may come before its answer. */
  async leaving(work: () => Promise<void>): Promise<void> {
    this.#leaving = true;
    try {
      await work();
    } finally {
      this.#leaving = false;
    }
  }

  /** The server has let it go because she wanted it. Kept before anything of hers is destroyed: that takes a while, and a page may be closed. */
  async goes(device: Id): Promise<void> {
    await transact(this.#store, async (transaction) => {
      const row = await transaction.get<SessionRow>(keys.session);
      if (row?.device === device) transaction.put(keys.session, { ...row, ended: row.ended ?? 'session.missing', going: true });
    });
  }

  /** The server said that the session with this token is over. */
  async end(code: FailureCode, device: Id): Promise<void> {
    const changed = await transact(this.#store, async (transaction) => {
      const row = await transaction.get<SessionRow>(keys.session);
      if (row === undefined || row.device !== device || row.ended !== null) return false;
      transaction.put(keys.session, { ...row, ended: code });
      return true;
    });
    if (changed) this.#bus.announce({ type: 'account' });
  }
}

const SESSION_CODES: ReadonlySet<FailureCode> = new Set<FailureCode>(['session.missing', 'session.revoked', 'account.disabled']);

/** Whether a failure says that the session is over. */
export function endsSession(error: unknown): error is Failure {
  return error instanceof Failure && isSessionCode(error.code);
}

export function isSessionCode(code: FailureCode): boolean {
  return SESSION_CODES.has(code);
}
