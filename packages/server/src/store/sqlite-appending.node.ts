import type { DatabaseSync } from 'node:sqlite';
import type { BlobRef, Envelope } from '@earshot/protocol/envelope.ts';
import { decideAppend, type AppendFacts, type BlobFacts, type Decision, type ReferredFacts } from '../logs/appending.ts';
import type { MemberState } from '../logs/membership.ts';
import type { AppendCommand, AppendOutcome } from './log-store.ts';
import { SqliteHolding } from './sqlite-holding.node.ts';
import { namedSql } from './sqlite-uploads.node.ts';
import { memberOf, membersSql } from './sqlite-members.node.ts';
import { number, numberOrNull, text, textOrNull } from './sqlite-rows.node.ts';
import { SqliteAsking } from './sqlite-push.node.ts';
import { SqlitePeopleSight } from './sqlite-sight.node.ts';
import type { BlobState } from './upload-store.ts';

type Accepted = Extract<Decision, { kind: 'append' }>;

/** Within a transaction: brings the facts for `decideAppend` and writes what it decided. */
export class SqliteAppending {
  readonly #sight: SqlitePeopleSight;
  readonly #asking: SqliteAsking;
  readonly #holding: SqliteHolding;
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#sight = new SqlitePeopleSight(database);
    this.#asking = new SqliteAsking(database);
    this.#holding = new SqliteHolding(database);
    this.#sql = {
      known: database.prepare('SELECT seq, at, person, envelope FROM event WHERE id = ?'),
      log: database.prepare('SELECT kind, head, generation, due FROM log WHERE id = ?'),
      members: database.prepare(membersSql),
      conversations: database.prepare('SELECT count(*) AS count FROM member WHERE person = ? AND ended IS NULL'),
      apart: database.prepare("SELECT 1 FROM block WHERE (person = ?1 AND blocked = ?2) OR (person = ?2 AND blocked = ?1) UNION ALL SELECT 1 FROM person WHERE id = ?2 AND state = 'deleted' LIMIT 1"),
      blob: database.prepare('SELECT number, owner, state, offset, sum FROM blob WHERE id = ?'),
      named: database.prepare(namedSql),
      referred: database.prepare('SELECT seq, person, class, term, removed_at, removed_rule, body IS NOT NULL AS whole FROM event WHERE id = ? AND log = ?'),
      insertLog: database.prepare('INSERT INTO log (id, kind, head, generation, due) VALUES (?, ?, 1, 1, 0)'),
      head: database.prepare('UPDATE log SET head = ?, generation = ?, due = ? WHERE id = ?'),
      account: database.prepare('SELECT account FROM person WHERE id = ?'),
      prekey: database.prepare('SELECT number FROM prekey WHERE device = ?'),
      grant: database.prepare('INSERT INTO granted (event, person, account, sealed) VALUES (?, ?, ?, ?)'),
      // Whatever is for a device of nobody who belongs there is for nobody.
      grantDevice: database.prepare(`INSERT INTO device_granted (event, device, prekey, sealed) SELECT ?1, ?2, ?3, ?4
        WHERE EXISTS (SELECT 1 FROM device d JOIN member m ON m.person = d.person WHERE d.id = ?2 AND m.log = ?5 AND m.ended IS NULL)`),
      insert: database.prepare('INSERT INTO event (log, seq, id, at, person, class, envelope, body, term) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      close: database.prepare("UPDATE blob SET state = 'closed', length = offset, touched = ? WHERE id = ?"),
      name: database.prepare('INSERT OR IGNORE INTO naming (blob, event) SELECT number, ? FROM blob WHERE id = ?'),
      changeMember: database.prepare('UPDATE member SET role = ?, ended = ? WHERE log = ? AND person = ? AND joined = ?'),
      dropMember: database.prepare('DELETE FROM member WHERE log = ? AND person = ?'),
      addMember: database.prepare('INSERT INTO member (log, person, role, joined, ended) VALUES (?, ?, ?, ?, ?)'),
    };
  }

  append(command: AppendCommand): AppendOutcome {
    const { person, envelope } = command;
    const known = this.#sql.known.get(envelope.id);
    if (known && known['person'] === person && known['envelope'] === command.text) return { kind: 'repeated', seq: number(known, 'seq'), at: number(known, 'at') };
    const decision = decideAppend(command, this.#facts(command), command);
    if (decision.kind !== 'append') return decision;
    // Only now: whoever is no member learns nothing about ids in use there.
    if (known) return { kind: 'refused', code: 'event.conflict', evidence: { event: envelope.id } };
    const changed = this.#write(command, decision);
    return { kind: 'appended', seq: decision.seq, at: command.at, readers: decision.readers, changed };
  }

  #facts({ person, envelope, grants, deviceGrants, at, retention }: AppendCommand): AppendFacts {
    const log = this.#sql.log.get(envelope.log);
    const members = log ? this.#sql.members.all(envelope.log).map(memberOf) : [];
    const add = envelope.membership?.add ?? [];
    return {
      log: log ? { kind: text(log, 'kind') as 'direct' | 'group' | 'self', head: number(log, 'head'), keys: { generation: number(log, 'generation'), due: log['due'] === 1 } } : null,
      members,
      blobs: envelope.blobs.map((blob) => this.#blob(person, blob, at)),
      refers: envelope.refers.map((event) => this.#referred(envelope.log, event, at - retention.rest)),
      closed: this.#closed(person, envelope, log ? text(log, 'kind') : null, members),
      visible: add.filter((other) => this.#sight.sees(person, other) && !this.#apart(person, other)),
      conversations: envelope.class === 'create' ? Number(this.#sql.conversations.get(person)?.['count'] ?? 0) : 0,
      accounts: new Map(grants.map((grant) => [grant.person, Number(this.#sql.account.get(grant.person)?.['account'] ?? 0)])),
      prekeys: new Map(deviceGrants.map(({ device }) => [device, Number(this.#sql.prekey.get(device)?.['number'] ?? 0)])),
    };
  }

  #closed(person: string, envelope: Envelope, kind: string | null, members: readonly MemberState[]): boolean {
    const others = kind === 'direct' ? members.map((member) => member.person) : kind === null && envelope.membership?.kind === 'direct' ? (envelope.membership.add ?? []) : [];
    return others.some((other) => other !== person && this.#apart(person, other));
  }

  /** One of them has blocked the other, or the other has left this server. */
  #apart(person: string, other: string): boolean {
    return this.#sql.apart.get(person, other) !== undefined;
  }

  #blob(person: string, named: BlobRef, at: number): BlobFacts | null {
    const row = this.#sql.blob.get(named.id);
    if (!row) return null;
    const owner = text(row, 'owner');
    return {
      id: named.id, owner, state: text(row, 'state') as BlobState | 'gone', offset: number(row, 'offset'), sum: textOrNull(row, 'sum'),
      named: owner !== person && this.#sql.named.get(number(row, 'number'), person, at) !== undefined,
    };
  }

  /** `since`: what was removed before then does not rest any more, cleared or not. */
  #referred(log: string, event: string, since: number): ReferredFacts | null {
    const row = this.#sql.referred.get(event, log);
    if (!row) return null;
    const removed = textOrNull(row, 'removed_rule');
    return { seq: number(row, 'seq'), person: text(row, 'person'), class: text(row, 'class'), term: numberOrNull(row, 'term'), removed: removed as ReferredFacts['removed'], whole: row['whole'] === 1 && (numberOrNull(row, 'removed_at') ?? since) >= since };
  }

  #write({ person, envelope, text: envelopeText, body, grants, deviceGrants, at }: AppendCommand, decision: Accepted): readonly number[] {
    const { seq } = decision;
    if (decision.create) this.#sql.insertLog.run(envelope.log, decision.create);
    else this.#sql.head.run(seq, decision.keys.generation, decision.keys.due ? 1 : 0, envelope.log);
    const event = this.#sql.insert.run(envelope.log, seq, envelope.id, at, person, envelope.class, envelopeText, body, envelope.expiry === 'never' ? null : envelope.expiry.heard).lastInsertRowid;
    for (const grant of grants) this.#sql.grant.run(event, grant.person, grant.account, grant.sealed);
    for (const { device, prekey, sealed } of deviceGrants) this.#sql.grantDevice.run(event, device, prekey, sealed, envelope.log);
    for (const blob of decision.closes) this.#sql.close.run(at, blob.id);
    for (const blob of envelope.blobs) this.#sql.name.run(event, blob.id);
    for (const member of decision.members) this.#member(envelope.log, member);
    this.#asking.ask(person, envelope, seq, at);
    const left = decision.members.some((member) => member.left !== null) ? this.#holding.left(envelope.log, person, at) : [];
    return [...left, ...decision.about.filter((target) => this.#follow(envelope, target, person, at))];
  }

  #member(log: string, { person, role, joined, left }: MemberState): void {
    if (this.#sql.changeMember.run(role, left, log, person, joined).changes === 1) return;
    this.#sql.dropMember.run(log, person);
    this.#sql.addMember.run(log, person, role, joined, left);
  }

  /** What an event does to the one it is about. `true`: that one is another to its readers now. */
  #follow({ class: kind, log }: Envelope, seq: number, person: string, at: number): boolean {
    if (kind === 'remove') return this.#holding.remove(log, seq, person, at);
    if (kind === 'restore') return this.#holding.restore(log, seq, at);
    if (kind === 'heard') return this.#holding.heard(log, seq, person, at);
    if (kind === 'keep') return this.#holding.keep(log, seq, at);
    if (kind === 'ask') this.#holding.ask(log, seq, person, at);
    return false;
  }
}
