import type { Id } from '@earshot/base/ids.ts';
import type { ChainHead } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Entry } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { type Chain, identityOf } from './chain.ts';
import { standingOf } from './chain-heads.ts';

/** A store, or a transaction on it. */
interface Reader {
  get(key: string): Promise<unknown>;
  list(range: { readonly from: string; readonly to: string }): Promise<readonly Entry[]>;
}

/** Where a head lies among the chains that somebody had. */
export interface Place {
  readonly chain: Chain;
  /** The identities under which she went on after that chain. */
  readonly later: readonly string[];
}

/** What somebody said before she began anew is judged by the chain of that time: of the known one and those before it, the one that has this head. */
export async function placeOf(store: Reader, person: Id, head: ChainHead): Promise<Place | null> {
  const known = (await store.get(keys.chain(person))) as Chain | undefined;
  if (known !== undefined && standingOf(known, head).is === 'holds') return { chain: known, later: [] };
  const former = (await store.list(below(`k/former/${person}`))).map(([, value]) => value as Chain);
  const at = former.findIndex((chain) => standingOf(chain, head).is === 'holds');
  const chain = former[at];
  return chain === undefined ? null : { chain, later: [...former.slice(at + 1), ...(known === undefined ? [] : [known])].map(identityOf) };
}

export async function chainHolding(store: Reader, person: Id, head: ChainHead): Promise<Chain | null> {
  return (await placeOf(store, person, head))?.chain ?? null;
}

/**
 * What this person says of somebody's identity. Those that she accepted stay known, in their order: the last one may take the place of the known one, and
 * what was said under those between is believed as well, also where a device was away meanwhile.
 */
export async function noteIdentity(transaction: Transaction, kind: 'compared' | 'accepted', person: Id, identity: string): Promise<void> {
  if (kind === 'compared') return transaction.put(keys.compared(person), identity);
  const before = (await transaction.get<readonly string[]>(keys.accepted(person))) ?? [];
  transaction.put(keys.accepted(person), [...before.filter((one) => one !== identity), identity].slice(-limits.formerChainsPerPerson));
}
