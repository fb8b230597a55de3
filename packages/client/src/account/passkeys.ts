import { limits } from '@earshot/protocol/limits.ts';
import type { RecoveryKey } from '@earshot/protocol/keys.ts';
import type { Me } from '@earshot/protocol/people.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { AccountFace } from '../earshot.ts';
import { recoveryKeyOf, recoverySeeds } from '../keys/key-pairs.ts';
import type { AccountPorts } from './account.ts';

/** A passkey opens messages where the signed chain has its key, whatever the server says. */
export async function asTheChainHasThem({ chains }: AccountPorts, me: Me): Promise<Me> {
  const { recovery } = await chains.reaching(me.person, me.chain);
  return { ...me, passkeys: me.passkeys.map((passkey) => ({ ...passkey, recovery: recovery.some(({ id, from }) => id === passkey.recovery && from === 'passkey') ? passkey.recovery : null })) };
}

export async function addPasskey({ session, api, bus, chains, ownChain, primitives }: AccountPorts, { secret = null, ...input }: Parameters<AccountFace['addPasskey']>[0]): Promise<void> {
  const row = await session.required();
  const room = secret !== null && !row.locked && (await chains.fetch(row.person)).recovery.length < limits.recoveryKeysPerPerson;
  const key = room ? await recoveryKeyOf(primitives, await recoverySeeds(secret, 'passkey'), 'passkey') : null;
  // First it is known, so that it can be removed whatever comes between.
  await session.asMe(() => api.call('addPasskey', { body: { ...input, ...(key !== null && { recovery: key.id }) } }));
  if (key !== null) await session.asMe(() => ownChain.replaceRecovery(row, (recovery) => [...recovery, key]));
  bus.announce({ type: 'account' });
}

/**
 * With it goes every key that none of the others has: a server that hides or misnames the key of the one that goes does not save it. Rejects with
 * `device.locked` where a key would have to go and this device cannot sign for that.
 */
export async function removePasskey({ session, api, bus, chains, ownChain }: AccountPorts, id: string): Promise<void> {
  const row = await session.required();
  // In this order: a passkey is known before its key is in the chain.
  const { recovery } = await chains.fetch(row.person);
  const { password, passkeys } = await session.asMe(() => api.call('me'));
  const others = passkeys.filter((one) => one.id !== id);
  const goes = recovery.filter((key) => key.from === 'passkey' && others.every((one) => one.recovery !== key.id));
  if (goes.length > 0 && row.locked) throw new Failure('device.locked', { device: row.device });
  // First it opens nothing any more, unless the server will refuse to remove the last way to sign in.
  if (goes.length > 0 && (password || others.length > 0)) await session.asMe(() => ownChain.replaceRecovery(row, (before) => before.filter((key) => !has(goes, key))));
  await session.asMe(() => api.call('removePasskey', { params: { id } }));
  bus.announce({ type: 'account' });
}

function has(keys: readonly RecoveryKey[], { id }: RecoveryKey): boolean {
  return keys.some((one) => one.id === id);
}
