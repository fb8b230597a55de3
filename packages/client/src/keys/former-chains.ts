import type { Id } from '@earshot/base/ids.ts';
import type { ChainHead } from '@earshot/protocol/keys.ts';
import type { Entry } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Chain } from './chain.ts';
import { standingOf } from './chain-heads.ts';

/** A store, or a transaction on it. */
interface Reader {
  get(key: string): Promise<unknown>;
  list(range: { readonly from: string; readonly to: string }): Promise<readonly Entry[]>;
}

/** What somebody said before she began anew is judged by the chain of that time: of the known one and those before it, the one that has this head. */
export async function chainHolding(store: Reader, person: Id, head: ChainHead): Promise<Chain | null> {
  const known = (await store.get(keys.chain(person))) as Chain | undefined;
  if (known !== undefined && standingOf(known, head).is === 'holds') return known;
  const former = (await store.list(below(`k/former/${person}`))).map(([, value]) => value as Chain);
  return former.find((chain) => standingOf(chain, head).is === 'holds') ?? null;
}
