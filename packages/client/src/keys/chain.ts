import type { Id } from '@earshot/base/ids.ts';
import type { AccountKey, ChainHead, PublicKeys, RecoveryKey } from '@earshot/protocol/keys.ts';

/** What is known of a person's devices and keys: her chain, as far as it was read (see `device-chain.ts`). */
export type Chain = {
  readonly person: Id;
  readonly entries: readonly ReadEntry[];
  /** In the order in which they were added, the revoked ones included. */
  readonly devices: readonly KnownDevice[];
  readonly recovery: readonly RecoveryKey[];
  /** The account keys so far; the last one is in force. */
  readonly accounts: readonly AccountKey[];
};

export type ReadEntry = {
  readonly hash: string;
  readonly by: 'device' | 'recovery';
};

export type KnownDevice = {
  readonly id: Id;
  readonly keys: PublicKeys;
  /** Index of the entry that added it. */
  readonly added: number;
  /** Index of the entry that revoked it; null while it is trusted. */
  readonly revoked: number | null;
};

export function headOf({ entries }: Chain): ChainHead {
  const last = entries.at(-1);
  return { index: entries.length - 1, hash: last?.hash ?? '' };
}

/** The hash of the first entry: who somebody is, whatever devices come and go. */
export function identityOf({ entries }: Chain): string {
  return entries[0]?.hash ?? '';
}

export function accountOf({ accounts }: Chain): AccountKey {
  const last = accounts.at(-1);
  if (last === undefined) throw new Error('assertion: a chain begins with an account key');
  return last;
}

/** Public account key of one generation, or null when the chain has none. */
export function accountKeyOf({ accounts }: Chain, generation: number): string | null {
  return accounts.find((account) => account.generation === generation)?.key ?? null;
}

export function trustedDevices({ devices }: Chain): KnownDevice[] {
  return devices.filter((device) => device.revoked === null);
}

/** The index at which what was known no longer holds; null when it all does. */
export function forkOf(known: Chain, offered: Chain): number | null {
  const at = known.entries.findIndex(({ hash }, index) => offered.entries[index]?.hash !== hash);
  return at < 0 ? null : at;
}
