import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ChainHead } from '@earshot/protocol/keys.ts';
import { standingOf } from './chain-heads.ts';
import type { Chains } from './chains.ts';
import type { Chain } from './chain.ts';

interface Read {
  readonly chain: Chain;
  /** The server was asked: it will not say more now. */
  readonly asked: boolean;
}

/** The chains that events name which come together: the server is asked at most once for each person. */
export class NamedChains {
  readonly #chains: Chains;
  readonly #read = new Map<Id, Promise<Read | null>>();

  constructor(chains: Chains) {
    this.#chains = chains;
  }

  /** With the entry that was named. Rejects with `server.misbehaves` when the server has less, `identity.changed`, or a network code. */
  async holding(person: Id, head: ChainHead): Promise<Chain> {
    const reading = (this.#read.get(person) ?? Promise.resolve(null)).then((before) => this.#look(person, head, before));
    this.#read.set(person, reading);
    const { chain } = await reading;
    if (standingOf(chain, head).is === 'ahead') throw new Failure('server.misbehaves', { what: 'chain', person, index: head.index, reason: 'hidden' });
    return chain;
  }

  async #look(person: Id, head: ChainHead, before: Read | null): Promise<Read> {
    const asked = before?.asked ?? false;
    const known = before !== null && standingOf(before.chain, head).is === 'holds' ? before.chain : await this.#chains.holding(person, head);
    if (known !== null) return { chain: known, asked };
    const chain = (asked ? await this.#chains.known(person) : null) ?? (await this.#chains.fetch(person));
    // With a chain that was read for the first time came those that she had before.
    return { chain: (await this.#chains.holding(person, head)) ?? chain, asked: true };
  }
}
