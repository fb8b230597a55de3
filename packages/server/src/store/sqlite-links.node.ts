import type { DatabaseSync } from 'node:sqlite';
import type { Link } from '@earshot/protocol/links.ts';
import type { LinkSaying, LinkSignIn, LinkSignInOutcome, LinkStore, NewLink } from './link-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { giveSession, isLive, isLocked } from './sqlite-devices.node.ts';
import { number, text, type Row } from './sqlite-rows.node.ts';
import type { SqliteSessions } from './sqlite-sessions.node.ts';

export class SqliteLinks implements LinkStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sessions: SqliteSessions;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit, sessions: SqliteSessions) {
    this.#database = database;
    this.#commit = commit;
    this.#sessions = sessions;
    this.#sql = {
      find: database.prepare('SELECT * FROM link WHERE id = ? AND expires > ?'),
      known: database.prepare('SELECT 1 FROM link WHERE id = ? OR token = ?'),
      of: database.prepare('SELECT * FROM link WHERE person = ? AND expires > ? ORDER BY expires, id'),
      insert: database.prepare("INSERT INTO link (id, person, device, token, expires, messages) VALUES (?, ?, ?, ?, ?, '[]')"),
      say: database.prepare('UPDATE link SET messages = ? WHERE id = ?'),
      use: database.prepare('UPDATE link SET used_by = ? WHERE id = ?'),
      state: database.prepare('SELECT state FROM person WHERE id = ?'),
      close: database.prepare('DELETE FROM link WHERE id = ? AND person = ?'),
      sweep: database.prepare('DELETE FROM link WHERE expires <= ?'),
    };
  }

  open({ id, person, device, tokenSha256, expires }: NewLink, allowed: number, at: number): Promise<Link | 'taken' | 'full' | 'ended'> {
    return this.#commit.write(() => {
      if (!isLive(this.#database, person, device)) return 'ended';
      const known = this.#sql.find.get(id, at);
      if (known) return known['person'] === person && known['device'] === device && known['token'] === tokenSha256 ? linkOf(known) : 'taken';
      if (this.#sql.known.get(id, tokenSha256)) return 'taken';
      if (this.#sql.of.all(person, at).length >= allowed) return 'full';
      this.#sql.insert.run(id, person, device, tokenSha256, expires);
      return { id, device, expires, messages: [] };
    });
  }

  of(person: string, at: number): Promise<readonly Link[]> {
    return this.#commit.durably(this.#sql.of.all(person, at).map(linkOf));
  }

  say({ link, person, device, index, text: said }: LinkSaying, at: number): Promise<Link | 'expired' | 'behind'> {
    return this.#commit.write(() => {
      const row = this.#sql.find.get(link, at);
      if (row?.['person'] !== person) return 'expired';
      const before = linkOf(row);
      const there = before.messages[index];
      if (there) return there.device === device && there.text === said ? before : 'behind';
      return index === before.messages.length ? this.#say(before, device, said) : 'behind';
    });
  }

  signIn({ link, tokenSha256, hello, device, devicesAllowed }: LinkSignIn, at: number): Promise<LinkSignInOutcome> {
    return this.#commit.write(() => {
      const row = this.#sql.find.get(link, at);
      if (!row || row['token'] !== tokenSha256 || (row['used_by'] !== null && row['used_by'] !== device.id)) return { kind: 'expired' };
      const person = text(row, 'person');
      if (this.#sql.state.get(person)?.['state'] !== 'active') return { kind: 'account.disabled' };
      this.#sessions.forget();
      const trouble = giveSession(this.#database, person, device, devicesAllowed, at);
      if (trouble) return trouble;
      this.#sql.use.run(device.id, link);
      const before = linkOf(row);
      if (before.messages.length === 0) this.#say(before, device.id, hello);
      return { kind: 'in', person, locked: isLocked(this.#database, person, device.id) };
    });
  }

  close(person: string, link: string): Promise<void> {
    return this.#commit.write(() => void this.#sql.close.run(link, person));
  }

  sweep(at: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.sweep.run(at));
  }

  #say(before: Link, device: string, said: string): Link {
    const after = { ...before, messages: [...before.messages, { device, text: said }] };
    this.#sql.say.run(JSON.stringify(after.messages), before.id);
    return after;
  }
}

function linkOf(row: Row): Link {
  return { id: text(row, 'id'), device: text(row, 'device'), expires: number(row, 'expires'), messages: JSON.parse(text(row, 'messages')) as Link['messages'] };
}
