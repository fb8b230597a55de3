import type { Id } from '@earshot/base/ids.ts';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { invitationToken, type RecoveryKey, recoverySigningBytes } from '@earshot/protocol/keys.ts';
import type { Device, Me, PasskeyOptions } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import type { AccountFace } from '../earshot.ts';
import { readInvitation } from '../keys/invitation.ts';
import { type KeySeeds, recoveryKeyOf, recoverySeeds } from '../keys/key-pairs.ts';
import { newRecoverySecret, parseRecoveryCode, recoveryCode } from '../keys/recovery-code.ts';
import type { DeviceRow } from '../keys/ring.ts';
import { script } from '../later.ts';
import type { LogRow } from '../replica/row.ts';
import type { Change } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { Entering, type EnteringPorts } from './entering.ts';
import { genesisOf, joiningFor, ringOf } from './joining.ts';
import { secretAside } from './own-secret.ts';
import { endsSession, type SessionRow } from './session.ts';

export interface AccountPorts extends EnteringPorts {
  /** Leaves a group, durably in the outbox. */
  readonly leave: (log: Id) => Promise<void>;
  /** Resolves when nothing of the person is on its way any more, or rejects with what stands in the way. */
  readonly settled: () => Promise<void>;
}

const ownSecrets = script(() => import('./own-secret.ts'));
const passkeys = script(() => import('./passkeys.ts'));

export class Account implements AccountFace {
  readonly #ports: AccountPorts;
  readonly #entering: Entering;

  constructor(ports: AccountPorts) {
    this.#ports = ports;
    this.#entering = new Entering(ports);
  }

  current(): ReturnType<AccountFace['current']> {
    return this.#ports.session.shown();
  }

  ended(): ReturnType<AccountFace['ended']> {
    return this.#ports.session.endedBy();
  }

  async join({ invitation, handle, name, password, deviceName }: Parameters<AccountFace['join']>[0]): Promise<void> {
    const { session, store, primitives, api, chains } = this.#ports;
    // Before the invitation is spent. With her own handle only one that is for her by name lets her in: any other the server refuses unspent.
    await session.vacant(normalizeHandle(handle));
    const { secret, identity } = readInvitation(invitation);
    const joining = await joiningFor(store, primitives, `${secret} ${normalizeHandle(handle)}`);
    const chain = await genesisOf(primitives, joining, identity === null ? null : secret);
    const device = { id: joining.device.id, name: deviceName };
    const answer = await api.call('join', { body: { invitation: await invitationToken(secret), handle, name, device, chain, ...(password !== undefined && { password }) } });
    // Begun before and broken off, its keys are on the ring, which may have gone on since.
    const begun = ((await store.get(keys.deviceKeys)) as DeviceRow | undefined)?.id === joining.device.id;
    // An operator let somebody back in: her chain is the one she had.
    if (begun || answer.person !== joining.person) return void (await this.#entering.entered(answer));
    await this.#entering.entered(answer, [
      ...ringOf(joining, await chains.extended(answer.person, null, [chain.entry])),
      ...(identity === null ? [] : [{ put: keys.inviter, value: identity }]),
    ]);
  }

  async beginAnew({ password }: Parameters<AccountFace['beginAnew']>[0]): Promise<void> {
    const { session, store, primitives, api, chains } = this.#ports;
    const row = await session.required();
    if (!row.locked) return;
    const made = await joiningFor(store, primitives, `anew ${row.device}`);
    const joining = { ...made, person: row.person, device: { ...made.device, id: row.device } };
    const chain = await genesisOf(primitives, joining, null);
    await session.asMe(() => api.call('beginAnew', { body: { chain, ...(password !== undefined && { password }) } }));
    await this.#entering.entered({ ...row, locked: false, chain: 1 }, [{ drop: keys.entering }, ...(await secretAside(store, row)), ...ringOf(joining, await chains.extended(row.person, null, [chain.entry]))]);
  }

  async recoveryCode(): Promise<string | null> {
    await this.#ports.session.required();
    const secret = (await this.#ports.store.get(keys.recovery)) as Uint8Array<ArrayBuffer> | undefined;
    return secret === undefined ? null : recoveryCode(secret);
  }

  async recoveryKept(): Promise<void> {
    await this.#ports.store.commit([{ drop: keys.recovery }, { drop: keys.joining }]);
    this.#ports.bus.announce({ type: 'account' });
  }

  async renewRecovery(): Promise<string> {
    const { session, primitives, ownChain, store, bus } = this.#ports;
    const row = await session.unlocked();
    const secret = newRecoverySecret(primitives.random);
    const code = await recoveryKeyOf(primitives, await recoverySeeds(secret, 'code'), 'code');
    await ownChain.replaceRecovery(row, (recovery) => [code, ...recovery.filter(({ from }) => from !== 'code')]);
    await store.commit([{ put: keys.recovery, value: secret }]);
    bus.announce({ type: 'account' });
    return recoveryCode(secret);
  }

  async unlock({ recoveryCode: typed }: Parameters<AccountFace['unlock']>[0]): Promise<void> {
    const row = await this.#ports.session.required();
    await this.#openWith(row, await recoverySeeds(parseRecoveryCode(typed), 'code'), 'code');
  }

  async recover({ handle, recoveryCode: typed, deviceName }: Parameters<AccountFace['recover']>[0]): Promise<void> {
    const { session, api, primitives } = this.#ports;
    await session.vacant(normalizeHandle(handle));
    const seeds = await recoverySeeds(parseRecoveryCode(typed), 'code');
    const { id } = await recoveryKeyOf(primitives, seeds, 'code');
    const device = await this.#entering.device(`recover ${handle}`, deviceName);
    const { challenge, nonce } = await api.call('recoveryChallenge', { body: { handle } });
    const signature = await primitives.signatures.sign(seeds.signing, recoverySigningBytes({ challenge, nonce, handle, device: device.id }));
    const row = await this.#entering.entered(await api.call('recoverySignIn', { body: { handle, challenge, recovery: id, signature: toBase64Url(signature), device } }));
    if (row.locked) await this.#openWith(row, seeds, 'code');
  }

  async signIn({ handle, password, deviceName }: Parameters<AccountFace['signIn']>[0]): Promise<void> {
    await this.#ports.session.vacant(normalizeHandle(handle));
    const device = await this.#entering.device(`sign in ${handle}`, deviceName);
    await this.#entering.entered(await this.#ports.api.call('signIn', { body: { handle, password, device } }));
  }

  passkeySignInOptions(): Promise<PasskeyOptions> {
    return this.#ports.api.call('passkeyChallenge', { body: {} });
  }

  async passkeySignIn({ challenge, response, deviceName, secret = null }: Parameters<AccountFace['passkeySignIn']>[0]): ReturnType<AccountFace['passkeySignIn']> {
    // Whose passkey it is only the answer tells, and that is a session already.
    await this.#ports.session.vacant(null);
    const device = await this.#entering.device(`passkey ${challenge}`, deviceName);
    const row = await this.#entering.entered(await this.#ports.api.call('passkeySignIn', { body: { challenge, response, device } }));
    return { opened: !row.locked || (secret !== null && (await this.#openedByPasskey(row, secret))), device: row.device };
  }

  async #openedByPasskey(row: SessionRow, secret: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#openWith(row, await recoverySeeds(secret, 'passkey'), 'passkey');
      return true;
    } catch (error) {
      // It was added without its secret, or replaced since: signed in it is, and the recovery code or another device does the rest.
      if (!(error instanceof Failure) || error.code !== 'recovery.wrong') throw error;
      return false;
    }
  }

  async passkeyOptions(): Promise<PasskeyOptions> {
    return await this.#ports.session.asMe(() => this.#ports.api.call('passkeyOptions', { body: {} }));
  }

  async addPasskey(input: Parameters<AccountFace['addPasskey']>[0]): Promise<void> {
    await (await passkeys()).addPasskey(this.#ports, input);
  }

  async removePasskey(id: string): Promise<void> {
    await (await passkeys()).removePasskey(this.#ports, id);
  }

  async setPassword(input: Parameters<AccountFace['setPassword']>[0]): Promise<void> {
    await this.#ports.session.asMe(() => this.#ports.api.call('setPassword', { body: input }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async rename(name: string): Promise<void> {
    await this.#ports.session.asMe(() => this.#ports.api.call('rename', { body: { name } }));
    const row = await this.#ports.session.required();
    await this.#ports.store.commit([{ put: keys.session, value: { ...row, name } }]);
    this.#ports.bus.announce({ type: 'account' });
  }

  async me(): Promise<Me> {
    const me = await this.#ports.session.asMe(() => this.#ports.api.call('me'));
    return me.passkeys.every(({ recovery }) => recovery === null) ? me : await (await passkeys()).asTheChainHasThem(this.#ports, me);
  }

  async devices(): Promise<Device[]> {
    return (await this.#ports.session.asMe(() => this.#ports.api.call('devices'))).devices;
  }

  async revokeDevice(id: Id): Promise<void> {
    const row = await this.#ports.session.required();
    // First it loses what is said from now on, then its session.
    if (!row.locked) await this.#ports.session.asMe(() => this.#ports.ownChain.revoke(row, id));
    await this.#ports.session.asMe(() => this.#ports.api.call('revokeDevice', { params: { id } }));
    this.#ports.bus.announce({ type: 'account' });
  }

  async ownSecret(): Promise<Uint8Array<ArrayBuffer>> {
    return await (await ownSecrets()).ownSecret(this.#ports);
  }

  async signOut(): Promise<void> {
    const row = await this.#ports.session.stored();
    if (row === null) return;
    await this.#leave(async () => {
      try {
        await this.#ports.api.call('signOut');
      } catch (error) {
        // Over already is what was wanted. Anything else leaves a session behind that nobody could end from here any more.
        if (!endsSession(error)) throw error;
      }
    });
  }

  /** Groups are left by events first, so that their members see it; what the server then closes is its own affair. */
  async deleteAccount({ handle, password }: Parameters<AccountFace['deleteAccount']>[0]): Promise<void> {
    const { person } = await this.#ports.session.required();
    const logs = (await this.#ports.store.list(below('r/log'))).map(([, value]) => value as LogRow);
    const groups = logs.filter(({ kind, members }) => kind === 'group' && members.some((member) => member.person === person && member.left === null));
    for (const { id } of groups) await this.#ports.leave(id);
    if (groups.length > 0) await this.#ports.settled();
    await this.#leave(() => this.#ports.api.call('deleteAccount', { body: { handle, ...(password !== undefined && { password }) } }));
  }

  /** What a device does whose session is over for good: when it has signed out, or hears that it was revoked, and at a start, where that was cut off. */
  async finishLeaving(): Promise<void> {
    const row = await this.#ports.session.stored();
    const last = async ({ going, ended }: SessionRow): Promise<readonly Change[] | null> => {
      if (going === true) return [{ drop: keys.session }, { drop: keys.device }];
      return ended === 'session.revoked' && (await this.#ports.store.get(keys.deviceKeys)) !== undefined ? [] : null;
    };
    if (row !== null && (await last(row)) !== null) await this.#entering.leave(row, last);
  }

  /** What was cut off while she came in again. Tried until the server answers; `signal` ends it. */
  async finishEntering(signal: AbortSignal): Promise<void> {
    await this.#entering.finish(signal);
  }

  async #openWith(row: SessionRow, recovery: KeySeeds, from: RecoveryKey['from']): Promise<void> {
    if (!row.locked) return;
    const { session, ownChain } = this.#ports;
    const { signer, seeds } = await session.asMe(() => ownChain.openByRecovery(row.person, recovery, from));
    await this.#entering.letIn(row, signer, async (generation) => seeds.get(generation) ?? null, seeds);
  }

  /** Ended at the server first, then here. The server's word of it must not pass for a revocation before it is kept that she goes. */
  async #leave(end: () => Promise<unknown>): Promise<void> {
    const { session, api, bus } = this.#ports;
    await session.leaving(async () => {
      await this.#entering.goingAlone(async () => {
        await end();
        const row = await session.stored();
        if (row !== null) await session.goes(row.device);
      });
      await this.finishLeaving();
    });
    api.token = null;
    bus.announce({ type: 'account' });
  }
}
