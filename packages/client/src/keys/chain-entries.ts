import { toBase64Url } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { type AccountKey, type ChainChange, type ChainEntry, entryBytes, entryHash, type ChainDevice, type RecoveryKey } from '@earshot/protocol/keys.ts';
import { type Chain, headOf } from './chain.ts';
import { invitationMac } from './invitation.ts';
import type { Signatures } from './signatures.ts';

/** Making entries of one's own device chain. */
export interface Signer {
  /** A device of the chain, or one of its recovery keys. */
  readonly id: Id;
  readonly seed: Uint8Array<ArrayBuffer>;
}

export interface GenesisInput {
  readonly person: Id;
  readonly device: ChainDevice;
  readonly recovery: RecoveryKey[];
  readonly account: AccountKey;
  /** The invitation's secret, so that the inviter can tell the newcomer from anybody else; null for an operator's invitation. */
  readonly invitation: string | null;
}

export async function genesisEntry(signatures: Signatures, seed: Uint8Array<ArrayBuffer>, { person, device, recovery, account, invitation }: GenesisInput): Promise<ChainEntry> {
  const make = (invited: string | null): Omit<ChainEntry, 'signature'> => ({ index: 0, person, previous: null, change: { kind: 'genesis', device, recovery, account, invited }, signer: device.id });
  const invited = invitation === null ? null : toBase64Url(await invitationMac(invitation, await entryHash(make(null))));
  return await signed(signatures, seed, make(invited));
}

export async function nextEntry(signatures: Signatures, chain: Chain, signer: Signer, change: Exclude<ChainChange, { kind: 'genesis' }>): Promise<ChainEntry> {
  const head = headOf(chain);
  return await signed(signatures, signer.seed, { index: head.index + 1, person: chain.person, previous: head.hash, change, signer: signer.id });
}

async function signed(signatures: Signatures, seed: Uint8Array<ArrayBuffer>, entry: Omit<ChainEntry, 'signature'>): Promise<ChainEntry> {
  return { ...entry, signature: toBase64Url(await signatures.sign(seed, entryBytes(entry))) };
}
