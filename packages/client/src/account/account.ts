import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Device, Me, PasskeyOptions, SessionAnswer } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { AccountFace } from '../earshot.ts';
import { listRows } from '../outbox/rows.ts';
import type { LogRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { endsSession, type Session, type SessionRow } from './session.ts';

export interface AccountPorts {
  readonly store: Store;
  readonly api: Api;
  readonly random: Random;
  readonly session: Session;
  readonly bus: Bus;
  /** Makes the conversation with oneself, unless it is there: notes, and what one's devices share. */
  readonly ownLog: (person: Id) => Promise<Id>;
  /** Leaves a group, durably in the outbox. */
  readonly leave: (log: Id) => Promise<void>;
  /** Resolves when nothing of the person is on its way any more, or rejects with what stands in the way. */
  readonly settled: () => Promise<void>;
}

export class Account implements AccountFace {
  readonly #ports: AccountPorts;

  constructor(ports: AccountPorts) {
    this.#ports = ports;
  }

  async current(): Promise<{ person: Id; handle: string; name: string; device: Id } | null> {
    const row = await this.#ports.session.current();
    return row === null ? null : { person: row.person, handle: row.handle, name: row.name, device: row.device };
  }

  async join({ invitation, handle, name, password, deviceName }: Parameters<AccountFace['join']>[0]): Promise<void> {
    const device = await this.#device(`join ${invitation} ${handle}`, deviceName);
    await this.#entered(await this.#ports.api.call('join', { body: { invitation, handle, name, device, ...(password !== undefined && { password }) } }));
  }

  async signIn({ handle, password, deviceName }: Parameters<AccountFace['signIn']>[0]): Promise<void> {
    const device = await this.#device(`sign in ${handle}`, deviceName);
    await this.#entered(await this.#ports.api.call('signIn', { body: { handle, password, device } }));
  }

  passkeySignInOptions(): Promise<PasskeyOptions> {
    return this.#ports.api.call('passkeyChallenge', { body: {} });
  }

  async passkeySignIn({ challenge, response, deviceName }: Parameters<AccountFace['passkeySignIn']>[0]): Promise<void> {
    const device = await this.#device(`passkey ${challenge}`, deviceName);
    await this.#entered(await this.#ports.api.call('passkeySignIn', { body: { challenge, response, device } }));
  }

  async passkeyOptions(): Promise<PasskeyOptions> {
    return await this.#asMe(() => this.#ports.api.call('passkeyOptions', { body: {} }));
  }

  async addPasskey(input: Parameters<AccountFace['addPasskey']>[0]): Promise<void> {
    await this.#asMe(() => this.#ports.api.call('addPasskey', { body: input }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async removePasskey(id: string): Promise<void> {
    await this.#asMe(() => this.#ports.api.call('removePasskey', { params: { id } }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async setPassword(input: Parameters<AccountFace['setPassword']>[0]): Promise<void> {
    await this.#asMe(() => this.#ports.api.call('setPassword', { body: input }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async rename(name: string): Promise<void> {
    await this.#asMe(() => this.#ports.api.call('rename', { body: { name } }));
    const row = await this.#ports.session.required();
    await this.#ports.store.commit([{ put: keys.session, value: { ...row, name } }]);
    this.#ports.bus.announce({ type: 'account' });
  }

  async me(): Promise<Me> {
    return await this.#asMe(() => this.#ports.api.call('me'));
  }

  async devices(): Promise<Device[]> {
    return (await this.#asMe(() => this.#ports.api.call('devices'))).devices;
  }

  async revokeDevice(id: Id): Promise<void> {
    await this.#asMe(() => this.#ports.api.call('revokeDevice', { params: { id } }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async signOut(): Promise<void> {
    const row = await this.#ports.session.stored();
    if (row === null) return;
    try {
      await this.#ports.api.call('signOut');
    } catch (error) {
      // Over already is what was wanted. Anything else leaves a session behind that nobody could end from here any more.
      if (!endsSession(error)) throw error;
    }
    await this.#forget();
  }

  /** Groups are left by events first, so that their members see it; what the server then closes is its own affair. */
  async deleteAccount({ handle, password }: Parameters<AccountFace['deleteAccount']>[0]): Promise<void> {
    const { person } = await this.#ports.session.required();
    const logs = (await this.#ports.store.list(below('r/log'))).map(([, value]) => value as LogRow);
    const groups = logs.filter(({ kind, members }) => kind === 'group' && members.some((member) => member.person === person && member.left === null));
    for (const { id } of groups) await this.#ports.leave(id);
    if (groups.length > 0) await this.#ports.settled();
    await this.#ports.api.call('deleteAccount', { body: { handle, ...(password !== undefined && { password }) } });
    await this.#forget();
  }

  /** The id of this device, kept before the first attempt: the same attempt again is the same device. */
  async #device(attempt: string, name: string): Promise<{ id: Id; name: string }> {
    const { store, random } = this.#ports;
    const known = (await store.get(keys.device)) as { attempt: string; id: Id } | undefined;
    if (known?.attempt === attempt) return { id: known.id, name };
    const id = makeId(random);
    await store.commit([{ put: keys.device, value: { attempt, id } }]);
    return { id, name };
  }

  async #entered({ person, handle, name, device, token }: SessionAnswer): Promise<void> {
    const { store, session, bus } = this.#ports;
    const before = await session.stored();
    const row: SessionRow = { person, handle, name, device, token, ended: null };
    // Somebody else's replica is not hers to read. One's own is kept, but this device is a new one to the server.
    const cleared = before !== null && before.person !== person ? await this.#replicaKeys() : await this.#unreported();
    await store.commit([...cleared, { drop: keys.device }, { put: keys.session, value: row }]);
    await session.stored();
    await this.#ports.ownLog(person);
    bus.announce({ type: 'account' });
  }

  async #unreported(): Promise<Change[]> {
    const logs = await this.#ports.store.list(below('r/log'));
    return logs.map(([put, value]): Change => ({ put, value: { ...(value as LogRow), reported: 0 } }));
  }

  async #forget(): Promise<void> {
    await this.#ports.store.commit([...(await this.#replicaKeys()), { drop: keys.session }]);
    this.#ports.api.token = null;
    this.#ports.bus.announce({ type: 'account' });
  }

  /** The replica, and the bytes that no unsent message of anybody needs. */
  async #replicaKeys(): Promise<Change[]> {
    const { store } = this.#ports;
    const kept = new Set((await listRows(store, null)).flatMap(({ parts }) => parts.map(({ blob }) => blob)));
    const replica = await store.list(below('r'));
    const bytes = await store.list(below('b'));
    const loose = bytes.filter(([key]) => !kept.has(key.split('/')[1] ?? ''));
    return [...replica, ...loose].map(([drop]): Change => ({ drop }));
  }

  async #asMe<T>(work: () => Promise<T>): Promise<T> {
    const row = await this.#ports.session.required();
    try {
      return await work();
    } catch (error) {
      if (error instanceof Failure && endsSession(error)) await this.#ports.session.end(error.code, row.device);
      throw error;
    }
  }
}
