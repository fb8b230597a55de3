import type { Id } from '@earshot/base/ids.ts';
import type { ChainHead } from '@earshot/protocol/keys.ts';
import { type Chain, forkOf, identityOf, type KnownDevice } from './chain.ts';

/**
 * How a head that somebody named stands to the chain as it is known here.
 * - `holds`: the chain has that entry, at `index`.
 * - `ahead`: the chain known here ends before it: the server has more, or hides it.
 * - `replaced`: it lay on a branch that a recovery key has set aside; the two have the entries up to `index` in common at most.
 * - `contradicts`: the server shows different people different chains.
 */
export type Standing = { readonly is: 'holds' | 'replaced'; readonly index: number } | { readonly is: 'ahead' | 'contradicts' };

export function standingOf({ entries }: Chain, head: ChainHead): Standing {
  if (entries[head.index]?.hash === head.hash) return { is: 'holds', index: head.index };
  if (head.index >= entries.length) return { is: 'ahead' };
  const won = entries.findIndex(({ by }, index) => by === 'recovery' && index <= head.index);
  return won > 0 ? { is: 'replaced', index: won - 1 } : { is: 'contradicts' };
}

/** The device, if the chain trusted it at entry `index`. */
export function deviceAt({ devices }: Chain, device: Id, index: number): KnownDevice | null {
  return devices.find(({ id, added, revoked }) => id === device && added <= index && (revoked === null || revoked > index)) ?? null;
}

/**
 * Why somebody's keys changed, as whoever signed the entry shows.
 * - `device`: one of her own devices let another one in.
 * - `removed`: one of her own devices shut another one out.
 * - `code`: one of her own devices changed what she recovers with.
 * - `recovered`: what she recovers with signed it.
 * - `unknown`: another identity under the same name: nothing vouches for it.
 */
export type KeysReason = 'device' | 'removed' | 'code' | 'recovered' | 'unknown';

/** In order, each once; empty when nothing changed. */
export function reasonsBetween(before: Chain, after: Chain): KeysReason[] {
  if (identityOf(before) !== identityOf(after)) return ['unknown'];
  const from = forkOf(before, after) ?? before.entries.length;
  return [...new Set(after.entries.slice(from).map(({ by }, at) => (by === 'recovery' ? 'recovered' : reasonOf(after, from + at))))];
}

function reasonOf({ devices }: Chain, index: number): KeysReason {
  if (devices.some(({ added }) => added === index)) return 'device';
  return devices.some(({ revoked }) => revoked === index) ? 'removed' : 'code';
}
