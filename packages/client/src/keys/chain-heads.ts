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

/** What a person is told about somebody's keys. */
export type ChainNews =
  | { readonly kind: 'added'; readonly device: Id; readonly by: 'device' | 'recovery' }
  | { readonly kind: 'revoked'; readonly device: Id; readonly by: 'device' | 'recovery' }
  /** Entries that were known are no longer there: the recovery key said so. */
  | { readonly kind: 'recovered' }
  /** Another identity under the same name: nothing vouches for it. */
  | { readonly kind: 'unknown' };

/** Why the keys of a person changed, in order. */
export function newsBetween(before: Chain, after: Chain): ChainNews[] {
  if (identityOf(before) !== identityOf(after)) return [{ kind: 'unknown' }];
  const fork = forkOf(before, after);
  const from = fork ?? before.entries.length;
  const news = after.entries.slice(from).flatMap(({ by }, at): ChainNews[] => {
    const added = after.devices.find((device) => device.added === from + at);
    const revoked = after.devices.find((device) => device.revoked === from + at);
    return [...(added ? [{ kind: 'added', device: added.id, by } as const] : []), ...(revoked ? [{ kind: 'revoked', device: revoked.id, by } as const] : [])];
  });
  return fork === null ? news : [{ kind: 'recovered' }, ...news];
}
