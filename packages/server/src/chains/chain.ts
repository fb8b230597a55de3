import type { Id } from '@earshot/base/ids.ts';
import type { AccountGrant, AccountKey, ChainChange, ChainCommand, ChainEntry, RecoveryKey } from '@earshot/protocol/keys.ts';
import type { Limits } from '../ports.ts';

/** An entry with its hash. */
export interface StoredEntry {
  readonly entry: ChainEntry;
  readonly hash: string;
}

/** Where a chain stands after its last entry. */
export interface ChainState {
  /** Signing keys of the devices that are in it and not revoked. */
  readonly devices: ReadonlyMap<Id, string>;
  /** Every device that ever was in it. */
  readonly ever: ReadonlySet<Id>;
  readonly recovery: readonly RecoveryKey[];
  /** Generation of the account key in force; 0 before there is one. */
  readonly account: number;
  /** Those of all account keys that the chain names. */
  readonly generations: readonly number[];
}

export type ChainDecision =
  /** `field`: what does not fit. */
  | { readonly kind: 'refused'; readonly field: string }
  /** It fits if it was signed with `signing`. */
  | { readonly kind: 'fits'; readonly signing: string; readonly after: ChainState };

const empty: ChainState = { devices: new Map(), ever: new Set(), recovery: [], account: 0, generations: [] };

export function stateOf(entries: readonly StoredEntry[]): ChainState {
  return entries.reduce((state, { entry }) => changed(state, entry.change), empty);
}

/**
 * Whether an entry follows from the chain so far. Clients judge for themselves; the server looks as well, so that a mistake or a race
 * ends here and not on everybody's devices. `anew`: the first entry may take the place of a whole chain.
 */
export function decideEntry(person: Id, command: ChainCommand, entries: readonly StoredEntry[], limits: Limits, anew: boolean): ChainDecision {
  const { entry } = command;
  if (entry.person !== person) return { kind: 'refused', field: 'person' };
  if (entry.index >= limits.chainLength) return { kind: 'refused', field: 'index' };
  const before = stateOf(entries.slice(0, entry.index));
  const signing = signerOf(before, entry);
  if (!follows(entries, before, entry, anew)) return { kind: 'refused', field: 'index' };
  if (entry.previous !== (entries[entry.index - 1]?.hash ?? null)) return { kind: 'refused', field: 'previous' };
  if (signing === null) return { kind: 'refused', field: 'signer' };
  const highest = entry.index === 0 ? 0 : stateOf(entries).account;
  const field = changeTrouble(before, entry, highest, limits) ?? seedsTrouble(before, command);
  return field === null ? { kind: 'fits', signing, after: changed(before, entry.change) } : { kind: 'refused', field };
}

/** A recovery key wins a fork: what it signs takes the place of what a device has signed, and of all that came after that. */
function follows(entries: readonly StoredEntry[], before: ChainState, { index, signer }: ChainEntry, anew: boolean): boolean {
  const taken = entries[index];
  if (!taken) return index === entries.length;
  const recovers = (id: Id): boolean => before.recovery.some((key) => key.id === id);
  return index === 0 ? anew : recovers(signer) && !recovers(taken.entry.signer);
}

function signerOf(before: ChainState, { index, signer, change }: ChainEntry): string | null {
  if (change.kind === 'genesis') return index === 0 && signer === change.device.id ? change.device.keys.signing : null;
  return before.devices.get(signer) ?? before.recovery.find(({ id }) => id === signer)?.keys.signing ?? null;
}

function changeTrouble(before: ChainState, { change, signer }: ChainEntry, highest: number, limits: Limits): string | null {
  if ('recovery' in change && new Set(change.recovery.map(({ id }) => id)).size < change.recovery.length) return 'recovery';
  if ('account' in change && change.account.generation <= highest) return 'account';
  switch (change.kind) {
    case 'genesis':
    case 'recovery': return null;
    case 'add': return before.ever.has(change.device.id) || before.devices.size >= limits.devicesPerChain ? 'device' : null;
    // Who revokes makes the next account key, and so may not be the one who shall not know it.
    case 'revoke': return before.devices.has(change.device) && change.device !== signer ? null : 'device';
  }
}

/** Everybody who shall have the account's seed is given it, and nobody else. */
function seedsTrouble(before: ChainState, { entry: { change }, grants, predecessor }: ChainCommand): string | null {
  const after = changed(before, change);
  const wanted = change.kind === 'add' ? [change.device.id] : [...after.devices.keys(), ...after.recovery.map(({ id }) => id)];
  if (!sameReceivers(wanted, grants) || grants.some(({ generation }) => generation !== after.account)) return 'grants';
  const rotates = change.kind === 'revoke' || change.kind === 'recovery';
  if (rotates !== (predecessor !== undefined)) return 'predecessor';
  return predecessor && (predecessor.generation !== after.account || predecessor.of !== before.account) ? 'predecessor' : null;
}

function sameReceivers(wanted: readonly Id[], grants: readonly AccountGrant[]): boolean {
  const given = new Set(grants.map(({ to }) => to));
  return given.size === grants.length && given.size === wanted.length && wanted.every((one) => given.has(one));
}

function changed(state: ChainState, change: ChainChange): ChainState {
  switch (change.kind) {
    case 'genesis': return { ...withAccount(withDevice(empty, change.device), change.account), recovery: change.recovery };
    case 'add': return withDevice(state, change.device);
    case 'revoke': return { ...withAccount(state, change.account), devices: new Map([...state.devices].filter(([id]) => id !== change.device)) };
    case 'recovery': return { ...withAccount(state, change.account), recovery: change.recovery };
  }
}

function withAccount(state: ChainState, { generation }: AccountKey): ChainState {
  return { ...state, account: generation, generations: [...state.generations, generation] };
}

function withDevice(state: ChainState, { id, keys }: { readonly id: Id; readonly keys: { readonly signing: string } }): ChainState {
  return { ...state, devices: new Map(state.devices).set(id, keys.signing), ever: new Set(state.ever).add(id) };
}
