import type { DatabaseSync } from 'node:sqlite';
import type { BlobRef, Envelope } from '@earshot/protocol/envelope.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { number, numberOrNull, text, textOrNull, type Row } from './sqlite-rows.node.ts';
import type { AdvanceOutcome, BlobState, CreateOutcome, NewUpload, StoredBlob, UploadLimits, UploadStore } from './upload-store.ts';

/** Whether an event names the blob (by its number) that the person can read at time ?3: one that was neither removed nor has ended for her. */
export const namedSql = namingSql('1');

function namingSql(column: string): string {
  return `SELECT ${column} FROM naming n JOIN event e ON e.number = n.event JOIN member m ON m.log = e.log
  WHERE n.blob = ?1 AND m.person = ?2 AND m.joined <= e.seq AND (m.ended IS NULL OR m.ended >= e.seq) AND e.removed_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM ending x WHERE x.event = e.number AND x.person = ?2 AND x.at <= ?3) LIMIT 1`;
}

/** The present members of the conversation for which blob ?1 grows, but its owner: while the owner is one, and neither has blocked the other in a direct one. */
const audienceSql = `SELECT m.person FROM blob b JOIN log l ON l.id = b.log JOIN member own ON own.log = l.id AND own.person = b.owner AND own.ended IS NULL
  JOIN member m ON m.log = l.id AND m.person <> b.owner AND m.ended IS NULL
  WHERE b.id = ?1 AND NOT (l.kind = 'direct' AND EXISTS (SELECT 1 FROM block k WHERE (k.person = m.person AND k.blocked = b.owner) OR (k.person = b.owner AND k.blocked = m.person)))`;

const columns = 'number, id, owner, state, length, offset, sum, touched, log FROM blob';

export class SqliteUploads implements UploadStore {
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#sql = {
      find: database.prepare(`SELECT ${columns} WHERE id = ?`),
      used: database.prepare("SELECT used, (SELECT count(*) FROM blob WHERE owner = ?1 AND state = 'open') AS open FROM person WHERE id = ?1 AND state <> 'deleted'"),
      insert: database.prepare("INSERT INTO blob (id, owner, state, length, offset, sum, touched, log) VALUES (?, ?, 'open', ?, ?, ?, ?, ?)"),
      use: database.prepare('UPDATE person SET used = used + ? WHERE id = ?'),
      advance: database.prepare('UPDATE blob SET offset = ?, sum = ?, length = ?, touched = ? WHERE id = ?'),
      setSum: database.prepare('UPDATE blob SET sum = ? WHERE id = ? AND offset = ?'),
      setAside: database.prepare("UPDATE blob SET state = 'aside', reason = ?, touched = ? WHERE id = ? AND owner = ? AND state = 'open'"),
      gone: database.prepare("UPDATE blob SET state = 'gone', sum = NULL WHERE id = ?"),
      named: database.prepare(namedSql),
      naming: database.prepare(namingSql('e.envelope')),
      returned: database.prepare("UPDATE blob SET state = 'closed', offset = ?, length = ?, sum = ?, touched = ?, reason = NULL WHERE id = ? AND state = 'gone' AND EXISTS (SELECT 1 FROM naming WHERE blob = number) RETURNING owner"),
      audience: database.prepare(audienceSql),
      hears: database.prepare(`${audienceSql} AND m.person = ?2`),
      idle: database.prepare("SELECT number, id, owner, offset FROM blob WHERE state IN ('open', 'aside') AND touched < ? LIMIT ?"),
      idlest: database.prepare("SELECT id FROM blob WHERE owner = ? AND state = 'open' AND touched < ? ORDER BY touched LIMIT 1"),
      unremoved: database.prepare("SELECT id FROM blob WHERE state = 'gone' AND reason IS NOT 'removed' LIMIT ?"),
      removed: database.prepare("UPDATE blob SET reason = 'removed' WHERE id = ? AND state = 'gone'"),
    };
  }

  create(upload: NewUpload, allowed: UploadLimits): Promise<CreateOutcome> {
    return this.#commit.write(() => {
      const known = this.#sql.find.get(upload.id);
      if (known) {
        if (known['owner'] !== upload.owner) return { kind: 'taken' };
        return known['state'] === 'gone' ? { kind: 'gone' } : { kind: 'exists', blob: blobOf(known) };
      }
      const row = this.#sql.used.get(upload.owner);
      if (!row) return { kind: 'nobody' };
      const [used, open] = [number(row, 'used'), number(row, 'open')];
      if (open >= allowed.open) return { kind: 'too-many', seen: open + 1 };
      if (used + (upload.length ?? upload.offset) > allowed.quota) return { kind: 'quota', used };
      this.#sql.insert.run(upload.id, upload.owner, upload.length, upload.offset, upload.sum, upload.at, upload.log);
      if (upload.offset > 0) this.#sql.use.run(upload.offset, upload.owner);
      return { kind: 'created' };
    });
  }

  find(owner: string, blob: string): Promise<StoredBlob | 'gone' | null> {
    const row = this.#sql.find.get(blob);
    if (!row || row['owner'] !== owner) return this.#commit.durably(null);
    return this.#commit.durably(row['state'] === 'gone' ? 'gone' : blobOf(row));
  }

  advance(change: Parameters<UploadStore['advance']>[0]): Promise<AdvanceOutcome> {
    return this.#commit.write(() => {
      const row = this.#sql.find.get(change.blob);
      if (!row || row['owner'] !== change.owner) return { kind: 'not-found' };
      if (row['state'] === 'gone') return { kind: 'gone' };
      if (row['state'] !== 'open') return { kind: 'closed' };
      const offset = number(row, 'offset');
      if (offset !== change.from) return { kind: 'offset', offset };
      const grown = change.to - change.from;
      const owner = this.#sql.used.get(change.owner);
      const used = owner ? number(owner, 'used') : 0;
      if (grown > 0 && used + grown > change.quota) return { kind: 'quota', used };
      this.#sql.advance.run(change.to, change.sum, change.length ?? numberOrNull(row, 'length'), change.at, change.blob);
      if (grown > 0) this.#sql.use.run(grown, change.owner);
      return { kind: 'advanced' };
    });
  }

  setSum(blob: string, offset: number, sum: string): Promise<void> {
    return this.#commit.write(() => void this.#sql.setSum.run(sum, blob, offset));
  }

  setAside(owner: string, blob: string, reason: string, at: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.setAside.run(reason, at, blob, owner));
  }

  terminate(owner: string, blob: string, idleSince: number): Promise<'terminated' | 'closed' | 'not-found'> {
    return this.#commit.write(() => {
      const row = this.#sql.find.get(blob);
      if (!row || row['owner'] !== owner) return 'not-found';
      if (row['state'] === 'closed' || (row['state'] === 'open' && number(row, 'touched') > idleSince)) return 'closed';
      if (row['state'] !== 'gone') this.#end(row);
      return 'terminated';
    });
  }

  readable(person: string, blob: string, now: number): Promise<{ readonly length: number; readonly sha256: string | null } | null> {
    const row = this.#sql.find.get(blob);
    if (row?.['state'] === 'open' && row['log'] !== null && this.#sql.hears.get(blob, person)) return this.#commit.durably({ length: number(row, 'offset'), sha256: null });
    if (row?.['state'] !== 'closed' || (row['owner'] !== person && !this.#sql.named.get(number(row, 'number'), person, now))) return this.#commit.durably(null);
    return this.#commit.durably({ length: number(row, 'offset'), sha256: text(row, 'sum') });
  }

  named(person: string, blob: string, now: number): Promise<BlobRef | null> {
    const row = this.#sql.find.get(blob);
    const event = row === undefined ? undefined : this.#sql.naming.get(number(row, 'number'), person, now);
    const { blobs } = event === undefined ? { blobs: [] } : (JSON.parse(text(event, 'envelope')) as Pick<Envelope, 'blobs'>);
    return this.#commit.durably(blobs.find(({ id }) => id === blob) ?? null);
  }

  returned({ id, length, sha256 }: BlobRef, at: number): Promise<boolean> {
    return this.#commit.write(() => {
      for (const row of this.#sql.returned.all(length, length, sha256, at, id)) this.#sql.use.run(length, text(row, 'owner'));
      return this.#sql.find.get(id)?.['state'] !== 'gone';
    });
  }

  audience(blob: string): Promise<readonly string[]> {
    return this.#commit.durably(this.#sql.audience.all(blob).map((row) => text(row, 'person')));
  }

  idlest(owner: string, idleBefore: number): Promise<string | null> {
    const row = this.#sql.idlest.get(owner, idleBefore);
    return this.#commit.durably(row === undefined ? null : text(row, 'id'));
  }

  sweep(idleBefore: number, most: number): Promise<readonly string[]> {
    // Most sweeps find nothing: they must not cost a write.
    if (!this.#sql.idle.get(idleBefore, 1)) return this.#commit.durably([]);
    return this.#commit.write(() => {
      const rows = this.#sql.idle.all(idleBefore, most);
      for (const row of rows) this.#end(row);
      return rows.map((row) => text(row, 'id'));
    });
  }

  unremoved(most: number): Promise<readonly string[]> {
    return this.#commit.durably(this.#sql.unremoved.all(most).map((row) => text(row, 'id')));
  }

  removed(blobs: readonly string[]): Promise<void> {
    return this.#commit.write(() => {
      for (const blob of blobs) this.#sql.removed.run(blob);
    });
  }

  unknown(blobs: readonly string[]): Promise<readonly string[]> {
    return this.#commit.durably(blobs.filter((blob) => !this.#sql.find.get(blob)));
  }

  unwanted(blobs: readonly string[]): Promise<readonly string[]> {
    return this.#commit.durably(blobs.filter((blob) => (this.#sql.find.get(blob)?.['state'] ?? 'gone') === 'gone'));
  }

  /** Its bytes count no more; the row stays, so that the id is never used for something else. */
  #end(row: Row): void {
    this.#sql.gone.run(text(row, 'id'));
    this.#sql.use.run(-number(row, 'offset'), text(row, 'owner'));
  }
}

function blobOf(row: Row): StoredBlob {
  return {
    id: text(row, 'id'), owner: text(row, 'owner'), state: text(row, 'state') as BlobState, length: numberOrNull(row, 'length'),
    offset: number(row, 'offset'), sum: textOrNull(row, 'sum'), touched: number(row, 'touched'), log: textOrNull(row, 'log'),
  };
}

/** Gives up a blob whose bytes are lost: it is as if its time had come. For a repair, which is alone with the database. */
export function endBlob(database: DatabaseSync, blob: string): void {
  const row = database.prepare("SELECT owner, offset FROM blob WHERE id = ? AND state <> 'gone'").get(blob);
  if (!row) return;
  database.exec('BEGIN IMMEDIATE');
  database.prepare("UPDATE blob SET state = 'gone', sum = NULL WHERE id = ?").run(blob);
  database.prepare('UPDATE person SET used = used - ? WHERE id = ?').run(number(row, 'offset'), text(row, 'owner'));
  database.exec('COMMIT');
}

/** Those of `blobs` (by their numbers) that no event names any more count no longer; the rows stay, so that their ids are never used for something else. */
export function endUnnamed(database: DatabaseSync, blobs: readonly number[]): void {
  const end = database.prepare("UPDATE blob SET state = 'gone', sum = NULL WHERE number = ?1 AND state <> 'gone' AND NOT EXISTS (SELECT 1 FROM naming WHERE blob = ?1) RETURNING owner, offset");
  const use = database.prepare('UPDATE person SET used = used - ? WHERE id = ?');
  for (const blob of blobs) for (const row of end.all(blob)) use.run(number(row, 'offset'), text(row, 'owner'));
}
