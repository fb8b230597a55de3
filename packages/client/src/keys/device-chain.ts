import { fromBase64Url } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainChange, type ChainEntry, entryBytes, entryHash, recoveryId, type RecoveryKey } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { type Chain, forkOf, type ReadEntry, trustedDevices } from './chain.ts';
import type { Signatures } from './signatures.ts';

/**
 * Which devices speak for a person: a chain of signed entries that only grows. It is read from its first entry, whose hash is the person's
 * identity; each further one names the hash of the one before and is signed by a device that is in it by then, or by a recovery
 * key. So nobody else, the server included, can add, change or leave out an entry in the middle.
 *
 * Laws
 * 1. What is signed by nobody in the chain, or by a device that was revoked, is refused.
 * 2. A chain that was seen never gets shorter or other again, but in one way: an entry signed by a recovery key may take the place of entries that
 *    were not. (Who has lost a device to somebody who knows how to use it wins in this way.)
 * 3. A device that was revoked, and its keys, never come back.
 */

/** Why an entry cannot follow. */
export type ChainFault = 'person' | 'index' | 'previous' | 'signer' | 'signature' | 'genesis' | 'device' | 'recovery' | 'account' | 'limit';

const empty = (person: Id): Chain => ({ person, entries: [], devices: [], recovery: [], accounts: [] });

/** The chain with one more entry. Throws `server.misbehaves` with `reason` (a `ChainFault`) when the entry cannot follow. */
export async function extendChain(signatures: Signatures, chain: Chain, entry: ChainEntry): Promise<Chain> {
  const refuse = (reason: ChainFault): never => {
    throw new Failure('server.misbehaves', { what: 'chain', person: chain.person, index: entry.index, reason });
  };
  if (entry.person !== chain.person) refuse('person');
  if (entry.index !== chain.entries.length) refuse('index');
  if (entry.index >= limits.chainLength) refuse('limit');
  if (entry.previous !== (chain.entries.at(-1)?.hash ?? null)) refuse('previous');
  const signer = signerOf(chain, entry);
  if (signer === null) return refuse('signer');
  if (!(await signatures.verify(signer.key, entryBytes(entry), fromBase64Url(entry.signature)))) refuse('signature');
  const fault = await faultOf(chain, entry);
  if (fault !== null) refuse(fault);
  return { ...changed(chain, entry.change, entry.index), entries: [...chain.entries, { hash: await entryHash(entry), by: signer.by }] };
}

function signerOf(chain: Chain, { change, signer }: ChainEntry): { readonly key: string; readonly by: ReadEntry['by'] } | null {
  if (chain.entries.length === 0) return change.kind === 'genesis' && change.device.id === signer ? { key: change.device.keys.signing, by: 'device' } : null;
  const device = trustedDevices(chain).find(({ id }) => id === signer);
  if (device !== undefined) return { key: device.keys.signing, by: 'device' };
  const recovery = chain.recovery.find(({ id }) => id === signer);
  return recovery === undefined ? null : { key: recovery.keys.signing, by: 'recovery' };
}

async function faultOf(chain: Chain, { change, index, signer }: ChainEntry): Promise<ChainFault | null> {
  if ((change.kind === 'genesis') !== (index === 0)) return 'genesis';
  if ('account' in change) {
    const before = chain.accounts.at(-1)?.generation ?? 0;
    if (change.account.generation <= before || (index === 0 && change.account.generation !== 1)) return 'account';
    if (chain.accounts.some(({ key }) => key === change.account.key)) return 'account';
  }
  if ('recovery' in change && !(await areNamedByKeys(change.recovery))) return 'recovery';
  if (change.kind === 'add') {
    const { id, keys } = change.device;
    if (chain.devices.some((device) => device.id === id || device.keys.signing === keys.signing || device.keys.sealing === keys.sealing)) return 'device';
    if (trustedDevices(chain).length >= limits.devicesPerChain) return 'limit';
  }
  // Who revokes makes the next account key, and so may not be the one who shall not know it.
  if (change.kind === 'revoke' && (change.device === signer || !trustedDevices(chain).some(({ id }) => id === change.device))) return 'device';
  return null;
}

async function areNamedByKeys(recovery: readonly RecoveryKey[]): Promise<boolean> {
  const ids = await Promise.all(recovery.map(({ keys }) => recoveryId(keys)));
  return new Set(ids).size === ids.length && recovery.every(({ id }, at) => id === ids[at]);
}

function changed(chain: Chain, change: ChainChange, index: number): Chain {
  switch (change.kind) {
    case 'genesis': return { ...chain, devices: [{ ...change.device, added: index, revoked: null }], recovery: change.recovery, accounts: [change.account] };
    case 'add': return { ...chain, devices: [...chain.devices, { ...change.device, added: index, revoked: null }] };
    case 'revoke': return {
      ...chain,
      devices: chain.devices.map((device) => (device.id === change.device ? { ...device, revoked: index } : device)),
      accounts: [...chain.accounts, change.account],
    };
    case 'recovery': return { ...chain, recovery: change.recovery, accounts: [...chain.accounts, change.account] };
  }
}

/**
 * What is known of a chain, brought up to what the server offers: entries that follow what is known, or the whole chain from index 0.
 * Throws `server.misbehaves`; what was known stays as it is.
 */
export async function followChain(signatures: Signatures, person: Id, known: Chain | null, offered: readonly ChainEntry[]): Promise<Chain> {
  const continues = known !== null && offered[0]?.index !== 0;
  let chain = continues ? known : empty(person);
  for (const entry of offered) chain = await extendChain(signatures, chain, entry);
  if (chain.entries.length === 0) throw new Failure('server.misbehaves', { what: 'chain', person, reason: 'empty' });
  if (known !== null && !mayFollow(known, chain)) throw new Failure('server.misbehaves', { what: 'chain', person, reason: 'fork', index: forkOf(known, chain) ?? 0 });
  return chain;
}

function mayFollow(known: Chain, offered: Chain): boolean {
  const fork = forkOf(known, offered);
  return fork === null || (offered.entries[fork]?.by === 'recovery' && known.entries[fork]?.by === 'device' && fork > 0);
}
