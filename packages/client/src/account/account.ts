import { type Id, makeId } from '@earshot/base/ids.ts';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { invitationToken, recoverySigningBytes } from '@earshot/protocol/keys.ts';
import type { Device, Me, PasskeyOptions, SessionAnswer } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { AccountFace } from '../earshot.ts';
import type { AccountSeeds } from '../keys/account-key.ts';
import { type AccountKeys, seedChanges } from '../keys/account-keys.ts';
import { accountOf } from '../keys/chain.ts';
import type { Signer } from '../keys/chain-entries.ts';
import type { Chains } from '../keys/chains.ts';
import { readInvitation } from '../keys/invitation.ts';
import { type KeySeeds, newSeeds, publicKeysOf, recoveryKeyOf, recoverySeeds } from '../keys/key-pairs.ts';
import { newRecoverySecret, parseRecoveryCode, recoveryCode } from '../keys/recovery-code.ts';
import type { Primitives } from '../keys/primitives.ts';
import type { DeviceRow } from '../keys/ring.ts';
import type { LogRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { genesisOf, joiningFor } from './joining.ts';
import { leaving, returning } from './leaving.ts';
import type { OwnChain } from './own-chain.ts';
import { endsSession, type Session, type SessionRow } from './session.ts';

export interface AccountPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly session: Session;
  readonly chains: Chains;
  readonly accountKeys: AccountKeys;
  readonly ownChain: OwnChain;
  /** Destroys the key under which everything lies at rest, and goes on under a new one. */
  readonly forgetAtRest: () => Promise<void>;
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

  current(): ReturnType<AccountFace['current']> {
    return this.#ports.session.shown();
  }

  async join({ invitation, handle, name, password, deviceName }: Parameters<AccountFace['join']>[0]): Promise<void> {
    const { store, primitives, api, chains } = this.#ports;
    const { secret, identity } = readInvitation(invitation);
    const joining = await joiningFor(store, primitives, `${secret} ${handle}`);
    const chain = await genesisOf(primitives, joining, identity === null ? null : secret);
    const device = { id: joining.device.id, name: deviceName };
    const answer = await api.call('join', { body: { invitation: await invitationToken(secret), handle, name, device, chain, ...(password !== undefined && { password }) } });
    // An operator let somebody back in: her chain is the one she had.
    if (answer.person !== joining.person) return await this.#entered(answer, []);
    await this.#entered(answer, [
      { put: keys.deviceKeys, value: joining.device },
      { put: keys.accountSeed(1), value: joining.seed },
      { put: keys.recovery, value: joining.recovery },
      { put: keys.chain(answer.person), value: await chains.extended(answer.person, null, [chain.entry]) },
      ...(identity === null ? [] : [{ put: keys.inviter, value: identity }]),
    ]);
  }

  async recoveryCode(): Promise<string | null> {
    await this.#ports.session.required();
    const secret = (await this.#ports.store.get(keys.recovery)) as Uint8Array<ArrayBuffer> | undefined;
    return secret === undefined ? null : recoveryCode(secret);
  }

  async recoveryKept(): Promise<void> {
    await this.#ports.store.commit([{ drop: keys.recovery }]);
    this.#ports.bus.announce({ type: 'account' });
  }

  async renewRecovery(): Promise<string> {
    const { session, primitives, ownChain, store, chains, bus } = this.#ports;
    const row = await session.unlocked();
    const secret = newRecoverySecret(primitives.random);
    const code = await recoveryKeyOf(primitives, await recoverySeeds(secret, 'code'), 'code');
    const others = (await chains.fetch(row.person)).recovery.filter(({ from }) => from !== 'code');
    await ownChain.replaceRecovery(row, [code, ...others]);
    await store.commit([{ put: keys.recovery, value: secret }]);
    bus.announce({ type: 'account' });
    return recoveryCode(secret);
  }

  async unlock({ recoveryCode: typed }: Parameters<AccountFace['unlock']>[0]): Promise<void> {
    const row = await this.#ports.session.required();
    await this.#openWith(row, await recoverySeeds(parseRecoveryCode(typed), 'code'));
  }

  async recover({ handle, recoveryCode: typed, deviceName }: Parameters<AccountFace['recover']>[0]): Promise<void> {
    const { api, primitives, session } = this.#ports;
    const seeds = await recoverySeeds(parseRecoveryCode(typed), 'code');
    const { id } = await recoveryKeyOf(primitives, seeds, 'code');
    const device = await this.#device(`recover ${handle}`, deviceName);
    const { challenge, nonce } = await api.call('recoveryChallenge', { body: { handle } });
    const signature = await primitives.signatures.sign(seeds.signing, recoverySigningBytes({ challenge, nonce, handle, device: device.id }));
    await this.#entered(await api.call('recoverySignIn', { body: { handle, challenge, recovery: id, signature: toBase64Url(signature), device } }));
    const row = await session.required();
    if (row.locked) await this.#openWith(row, seeds);
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
    const row = await this.#ports.session.required();
    // First it loses what is said from now on, then its session.
    if (!row.locked) await this.#asMe(() => this.#ports.ownChain.revoke(row, id));
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

  /** What a revoked device does as soon as it hears of it. */
  async wipeRevoked(): Promise<void> {
    const row = await this.#ports.session.stored();
    if (row?.ended === 'session.revoked' && (await this.#ports.store.get(keys.deviceKeys)) !== undefined) await this.#leave(row.person, [{ put: keys.session, value: row }]);
  }

  /** The id of this device, kept before the first attempt: the same attempt again is the same device. */
  async #device(attempt: string, name: string): Promise<{ id: Id; name: string }> {
    const { store, primitives } = this.#ports;
    const known = (await store.get(keys.device)) as { attempt: string; id: Id } | undefined;
    if (known?.attempt === attempt) return { id: known.id, name };
    const id = makeId(primitives.random);
    await store.commit([{ put: keys.device, value: { attempt, id } }]);
    return { id, name };
  }

  /** `fresh`: the keys of who has just joined. */
  async #entered({ person, handle, name, device, token, locked }: SessionAnswer, fresh: readonly Change[] = []): Promise<void> {
    const { store, session, bus } = this.#ports;
    const before = await session.stored();
    // Somebody else's replica is not hers to read. One's own is kept, but this device is a new one to the server.
    if (before !== null && before.person !== person) await this.#leave(before.person, []);
    const row: SessionRow = { person, handle, name, device, token, locked: locked && fresh.length === 0, ended: null };
    await store.commit([...(await this.#unreported()), { drop: keys.device }, { drop: keys.joining }, { put: keys.session, value: row }, ...fresh]);
    await session.stored();
    if (row.locked) await this.#openWithOldKeys(row);
    else await this.#opened(row);
    bus.announce({ type: 'account' });
  }

  /** Who was signed out by the server, and never went from this device, still has the keys of what it was called before. */
  async #openWithOldKeys(row: SessionRow): Promise<void> {
    const old = (await this.#ports.store.get(keys.deviceKeys)) as DeviceRow | undefined;
    if (old === undefined) return;
    const chain = await this.#ports.chains.fetch(row.person);
    const seedOf = (generation: number): Promise<Uint8Array<ArrayBuffer> | null> => this.#ports.accountKeys.held(generation);
    const trusted = chain.devices.some(({ id, revoked }) => id === old.id && revoked === null);
    if (!trusted || (await seedOf(accountOf(chain).generation)) === null) return;
    await this.#letIn(row, { id: old.id, seed: old.signing }, seedOf, new Map());
  }

  async #openWith(row: SessionRow, recovery: KeySeeds): Promise<void> {
    if (!row.locked) return;
    const { signer, seeds } = await this.#asMe(() => this.#ports.ownChain.openByRecovery(row.person, recovery, 'code'));
    await this.#letIn(row, signer, async (generation) => seeds.get(generation) ?? null, seeds);
    this.#ports.bus.announce({ type: 'account' });
  }

  /** This device comes into the chain; from then on it reads everything. */
  async #letIn(row: SessionRow, signer: Signer, seedOf: (generation: number) => Promise<Uint8Array<ArrayBuffer> | null>, seeds: AccountSeeds): Promise<void> {
    const { primitives, ownChain, store } = this.#ports;
    const device: DeviceRow = { id: row.device, ...newSeeds(primitives.random) };
    await ownChain.add(row.person, { id: device.id, keys: await publicKeysOf(primitives, device) }, signer, seedOf);
    const open: SessionRow = { ...row, locked: false };
    await store.commit([{ put: keys.deviceKeys, value: device }, ...seedChanges(seeds), { put: keys.session, value: open }]);
    await this.#opened(open);
  }

  async #opened(row: SessionRow): Promise<void> {
    const { store, primitives, accountKeys, ownLog } = this.#ports;
    await store.commit(await returning(store, primitives, row.person, (generation) => accountKeys.seed(generation, row)));
    await ownLog(row.person);
  }

  async #unreported(): Promise<Change[]> {
    const logs = await this.#ports.store.list(below('r/log'));
    return logs.map(([put, value]): Change => ({ put, value: { ...(value as LogRow), reported: 0 } }));
  }

  async #forget(): Promise<void> {
    const row = await this.#ports.session.stored();
    if (row !== null) await this.#leave(row.person, [{ drop: keys.session }, { drop: keys.device }]);
    this.#ports.api.token = null;
    this.#ports.bus.announce({ type: 'account' });
  }

  async #leave(person: Id, last: readonly Change[]): Promise<void> {
    const { store, primitives, forgetAtRest } = this.#ports;
    await store.commit([...(await leaving(store, primitives, person)), ...last]);
    await forgetAtRest();
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
