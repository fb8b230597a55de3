import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredSession } from './device-store.ts';
import type { PersonState } from './people-store.ts';
import { number, text } from './sqlite-rows.node.ts';

const REMEMBERED = 10_000;
/** How long a session may be trusted that another process has just ended; within this process it is forgotten at once. */
const LOOK_EVERY = 50;

/** Sessions by token, because every request asks for one. Whatever may end or change a session clears it. */
export class SqliteSessions {
  readonly #find: StatementSync;
  readonly #foreign: StatementSync;
  readonly #known = new Map<string, StoredSession>();
  #writes = -1;
  #looked = 0;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT d.id, d.person, d.seen, d.ended IS NOT NULL AS over, d.revoked, p.state, NOT EXISTS (SELECT 1 FROM chain_device c WHERE c.device = d.id AND c.person = d.person) AS locked FROM device d JOIN person p ON p.id = d.person WHERE d.token = ?');
    this.#foreign = database.prepare('PRAGMA data_version');
  }

  find(tokenSha256: string): StoredSession | null {
    this.#look();
    const known = this.#known.get(tokenSha256);
    if (known) return known;
    const row = this.#find.get(tokenSha256);
    if (!row) return null;
    const session = { person: text(row, 'person'), device: text(row, 'id'), state: text(row, 'state') as PersonState, ended: row['over'] === 1, revoked: row['revoked'] === 1, locked: row['locked'] === 1, seen: number(row, 'seen') };
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(tokenSha256, session);
    return session;
  }

  /** To be called within every change of devices or of a state: transactions run in one go, so nobody looks in between. */
  forget(): void {
    this.#known.clear();
  }

  /** Differs when another process wrote. */
  foreignWrites(): number {
    const row = this.#foreign.get();
    return row ? number(row, 'data_version') : 0;
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#looked < LOOK_EVERY) return;
    this.#looked = now;
    const writes = this.foreignWrites();
    if (writes !== this.#writes) this.forget();
    this.#writes = writes;
  }
}
