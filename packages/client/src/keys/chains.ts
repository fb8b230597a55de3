import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainEntry, entryHash } from '@earshot/protocol/keys.ts';
import type { Bus } from '../bus.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, identityOf } from './chain.ts';
import { followChain } from './device-chain.ts';
import type { Signatures } from './signatures.ts';

export interface ChainPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly signatures: Signatures;
}

/** The devices of people, as far as this device has checked them: what was seen once is pinned, and the server can only add to it. */
export class Chains {
  readonly #ports: ChainPorts;

  constructor(ports: ChainPorts) {
    this.#ports = ports;
  }

  async known(person: Id): Promise<Chain | null> {
    return ((await this.#ports.store.get(keys.chain(person))) as Chain | undefined) ?? null;
  }

  /** With at least `length` entries, as far as the server has them. Rejects with `server.misbehaves`, `identity.changed` or a network code. */
  async reaching(person: Id, length: number): Promise<Chain> {
    const known = await this.known(person);
    return known !== null && known.entries.length >= length ? known : await this.fetch(person);
  }

  /** As the server has it now. */
  async fetch(person: Id): Promise<Chain> {
    const known = await this.known(person);
    const chain = await this.#follow(person, known);
    return known !== null && chain.entries.at(-1)?.hash === known.entries.at(-1)?.hash ? known : await this.#pin(person, known, chain);
  }

  /** One's own chain after an entry of one's own, which the server has taken. */
  async extended(person: Id, known: Chain | null, entries: readonly ChainEntry[]): Promise<Chain> {
    return await followChain(this.#ports.signatures, person, known, entries);
  }

  async #follow(person: Id, known: Chain | null): Promise<Chain> {
    const { signatures } = this.#ports;
    if (known !== null) {
      // From the last one known, so that another branch of the same length is noticed.
      const { entries: [last, ...rest] } = await this.#entries(person, known.entries.length - 1);
      if (last !== undefined && (await entryHash(last)) === headOf(known).hash) return rest.length === 0 ? known : await followChain(signatures, person, known, rest);
    }
    const { entries } = await this.#entries(person, 0);
    const [first] = entries;
    if (known !== null && first !== undefined) {
      const begins = await followChain(signatures, person, null, [first]);
      if (identityOf(begins) !== identityOf(known)) throw new Failure('identity.changed', { person });
    }
    return await followChain(signatures, person, known, entries);
  }

  async #entries(person: Id, from: number): Promise<{ entries: ChainEntry[]; length: number }> {
    const entries: ChainEntry[] = [];
    for (;;) {
      const page = await this.#ports.api.call('chain', { params: { person }, query: `from=${from + entries.length}` });
      entries.push(...page.entries);
      if (page.entries.length === 0 || from + entries.length >= page.length) return { entries, length: page.length };
    }
  }

  async #pin(person: Id, known: Chain | null, chain: Chain): Promise<Chain> {
    const { store, bus } = this.#ports;
    const pinned = await store.commit([
      { expect: keys.chain(person), value: known ?? undefined },
      { put: keys.chain(person), value: chain },
    ]);
    if (!pinned) return await this.fetch(person);
    if (known !== null) bus.announce({ type: 'people' });
    return chain;
  }
}
