import type { DatabaseSync } from 'node:sqlite';
import type { EventClass, Removal } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant, OwnGrant } from '@earshot/protocol/keys.ts';
import type { Cursor, CursorsAnswer } from '@earshot/protocol/logs.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import { readersOf } from '../logs/appending.ts';
import { keysWith, NO_KEYS, type OwnKeys } from '../logs/event-json.ts';
import type { AppendCommand, AppendOutcome, EventPage, LogStore, Reader, SetCursor, StoredEvent } from './log-store.ts';
import { SqliteAppending } from './sqlite-appending.node.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { liveSql } from './sqlite-devices.node.ts';
import { sumOf } from './sqlite-holding.node.ts';
import { memberOf, membersSql } from './sqlite-members.node.ts';
import { identityIn, number, numberOrNull, text, textOrNull, type Row } from './sqlite-rows.node.ts';

const columns = 'number, seq, e.at, e.person, class, envelope, body, removed_at, removed_by, removed_rule, removed_sum';

export class SqliteLogs implements LogStore {
  readonly #commit: GroupCommit;
  readonly #appending: SqliteAppending;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#appending = new SqliteAppending(database);
    this.#sql = {
      range: database.prepare('SELECT max(m.joined, m.anew) AS joined, min(l.head, ifnull(m.ended, l.head)) AS head, l.head AS top FROM member m JOIN log l ON l.id = m.log WHERE m.log = ? AND m.person = ?'),
      page: database.prepare(`SELECT ${columns}, x.at AS ended_at, x.rule AS ended_rule FROM event e
        LEFT JOIN ending x ON x.event = e.number AND x.person = ?1 AND x.at <= ?2 WHERE log = ?3 AND seq > ?4 AND seq <= ?5 ORDER BY seq LIMIT ?6`),
      event: database.prepare(`SELECT ${columns} FROM event e WHERE log = ? AND seq = ?`),
      members: database.prepare(membersSql),
      ended: database.prepare('SELECT person FROM ending WHERE event = ? AND at <= ?'),
      grant: database.prepare('SELECT account, sealed FROM granted WHERE event = ? AND person = ?'),
      deviceGrant: database.prepare('SELECT device, prekey, sealed FROM device_granted WHERE event = ? AND device = ?'),
      number: database.prepare('SELECT number, class FROM event WHERE log = ? AND seq = ?'),
      // Who began anew reads from there on; others see that she was there before.
      withChains: database.prepare(`SELECT m.person, m.role, CASE WHEN m.person = ?2 THEN max(m.joined, m.anew) ELSE m.joined END AS joined, m.ended, p.chain,
        (SELECT hash FROM chain c WHERE c.person = m.person AND c.place = 0) AS identity FROM member m JOIN person p ON p.id = m.person WHERE m.log = ?1 ORDER BY m.standing`),
      of: database.prepare(`SELECT l.id, l.kind, l.generation, l.due, min(l.head, ifnull(m.ended, l.head)) AS head,
        (SELECT total(changes) FROM cursor c WHERE c.log = l.id AND c.person <> ?1) AS receipts FROM member m JOIN log l ON l.id = m.log WHERE m.person = ?1 ORDER BY m.standing`),
      live: database.prepare(liveSql),
      cursor: database.prepare('SELECT person, device, delivered, at, troubles FROM cursor WHERE log = ? AND device = ?'),
      setCursor: database.prepare(`INSERT INTO cursor (log, device, person, delivered, at, troubles, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, max(1, ?7))
        ON CONFLICT (log, device) DO UPDATE SET delivered = ?4, at = ?5, troubles = ?6, changes = max(changes + 1, ?7)`),
      cursors: database.prepare(`SELECT c.person, c.device, c.delivered, c.at, c.troubles, c.changes FROM cursor c JOIN device d ON d.id = c.device
        WHERE c.log = ? ORDER BY c.person, c.device`),
      // Whoever blocked who asks does not show when she was there.
      devices: database.prepare(`SELECT d.person, d.id AS device, CASE WHEN EXISTS (SELECT 1 FROM block b WHERE b.person = d.person AND b.blocked = ?2) THEN NULL ELSE d.seen END AS seen
        FROM member m JOIN device d ON d.person = m.person WHERE m.log = ?1 AND m.ended IS NULL AND m.person <> ?2 AND d.ended IS NULL ORDER BY d.person, d.id`),
    };
  }

  append(command: AppendCommand): Promise<AppendOutcome> {
    return this.#commit.write(() => this.#appending.append(command));
  }

  page(reader: Reader, log: string, after: number, limit: number, bytes: number, now: number): Promise<EventPage | null> {
    const { person } = reader;
    const range = this.#sql.range.get(log, person);
    if (!range) return this.#commit.durably(null);
    const head = number(range, 'head');
    const events: StoredEvent[] = [];
    let size = 0;
    for (const row of this.#sql.page.iterate(person, now, log, Math.max(after, number(range, 'joined') - 1), head, limit)) {
      const event = seenBy(person, row, eventOf(row, this.#keysOf(row, reader)));
      size += event.envelope.length + (event.body?.length ?? 0) + (event.grant?.sealed.length ?? 0) + (event.deviceGrant?.sealed.length ?? 0);
      if (size > bytes && events.length > 0) break;
      events.push(event);
    }
    return this.#commit.durably({ events, head });
  }

  event(log: string, seq: number, now: number): Promise<{ readonly event: StoredEvent; readonly readers: readonly string[]; readonly keyed: boolean } | null> {
    const row = this.#sql.event.get(log, seq);
    if (!row) return this.#commit.durably(null);
    const event = eventOf(row, NO_KEYS);
    // For whom it has ended there is nothing new about what others still have.
    const ended = new Set(event.body === null ? [] : this.#sql.ended.all(number(row, 'number'), now).map((one) => text(one, 'person')));
    const readers = readersOf(this.#sql.members.all(log).map(memberOf), seq).filter((person) => !ended.has(person));
    return this.#commit.durably({ event, readers, keyed: keysWith(text(row, 'class') as EventClass) });
  }

  keys(reader: Reader, log: string, seq: number): Promise<OwnKeys> {
    const row = this.#sql.number.get(log, seq);
    return this.#commit.durably(row ? this.#keysOf(row, reader) : NO_KEYS);
  }

  #keysOf(row: Row, { person, device }: Reader): OwnKeys {
    const kind = text(row, 'class') as EventClass;
    if (!keysWith(kind)) return NO_KEYS;
    const event = number(row, 'number');
    if (kind === 'chain') return { grant: null, deviceGrant: deviceGrantOf(this.#sql.deviceGrant.get(event, device)) };
    return { grant: grantOf(this.#sql.grant.get(event, person)) };
  }

  of(person: string): Promise<readonly LogInfo[]> {
    return this.#commit.durably(
      this.#sql.of.all(person).map((row) => ({
        id: text(row, 'id'), kind: text(row, 'kind') as LogInfo['kind'], head: number(row, 'head'),
        members: this.#sql.withChains.all(text(row, 'id'), person).map((member) => ({ ...memberOf(member), chain: number(member, 'chain'), ...identityIn(member) })), receipts: number(row, 'receipts'),
        generation: number(row, 'generation'), due: row['due'] === 1,
      })),
    );
  }

  setCursor({ person, device, log, delivered, troubles, at }: SetCursor): Promise<{ readonly cursor: Cursor; readonly readers: readonly string[] } | null | 'ended'> {
    return this.#commit.write(() => {
      if (!this.#sql.live.get(device, person)) return 'ended';
      const range = this.#sql.range.get(log, person);
      if (!range) return null;
      const row = this.#sql.cursor.get(log, device);
      const before = row ? cursorOf(row) : { person, device, delivered: 0, at, troubles: [] };
      const further = Math.min(delivered, number(range, 'head')) > before.delivered;
      const said = JSON.stringify(troubles ?? before.troubles);
      if (!further && said === JSON.stringify(before.troubles)) return { cursor: before, readers: [] };
      const cursor: Cursor = { ...before, troubles: [...(troubles ?? before.troubles)], ...(further && { delivered: Math.min(delivered, number(range, 'head')), at }) };
      this.#sql.setCursor.run(log, device, person, cursor.delivered, cursor.at, said, at - COUNTED_FROM);
      return { cursor, readers: readersOf(this.#sql.members.all(log).map(memberOf), number(range, 'top') + 1) };
    });
  }

  cursors(person: string, log: string): Promise<CursorsAnswer | null> {
    if (!this.#sql.range.get(log, person)) return this.#commit.durably(null);
    const rows = this.#sql.cursors.all(log);
    return this.#commit.durably({
      cursors: rows.map(cursorOf),
      devices: this.#sql.devices.all(log, person).map((row) => ({ person: text(row, 'person'), device: text(row, 'device'), seen: numberOrNull(row, 'seen') })),
      receipts: rows.reduce((sum, row) => sum + (text(row, 'person') === person ? 0 : number(row, 'changes')), 0),
    });
  }
}

function cursorOf(row: Row): Cursor {
  return { person: text(row, 'person'), device: text(row, 'device'), delivered: number(row, 'delivered'), at: number(row, 'at'), troubles: JSON.parse(text(row, 'troubles')) as Cursor['troubles'] };
}

function grantOf(row: Row | undefined): OwnGrant | null {
  return row ? { account: number(row, 'account'), sealed: text(row, 'sealed') } : null;
}

function deviceGrantOf(row: Row | undefined): DeviceGrant | null {
  return row ? { device: text(row, 'device'), prekey: number(row, 'prekey'), sealed: text(row, 'sealed') } : null;
}

function eventOf(row: Row, own: OwnKeys): StoredEvent {
  return { seq: number(row, 'seq'), at: number(row, 'at'), person: text(row, 'person'), envelope: text(row, 'envelope'), body: row['removed_at'] === null ? textOrNull(row, 'body') : null, removed: removalOf(row), ...own };
}

/** What has ended for somebody is a notice to her, also while others hold it. */
function seenBy(person: string, row: Row, event: StoredEvent): StoredEvent {
  const at = numberOrNull(row, 'ended_at');
  if (at === null || event.body === null) return event;
  return { ...event, body: null, removed: { at, by: person, rule: text(row, 'ended_rule') as Removal['rule'], sha256: sumOf(row) } };
}

function removalOf(row: Row): Removal | null {
  const at = numberOrNull(row, 'removed_at');
  return at === null ? null : { at, by: text(row, 'removed_by'), rule: text(row, 'removed_rule') as Removal['rule'], sha256: text(row, 'removed_sum') };
}/**
 * 2020, in milliseconds since 1970. What devices say is counted by the time they say it, so that a database that was brought back does not count anew up to
 * what others know of it. From here on, so that the sum over a conversation stays exact.
 */
const COUNTED_FROM = 1_577_836_800_000;


