import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainEntry, entryHash } from '@earshot/protocol/keys.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { RekeyedRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, identityOf } from './chain.ts';
import { reasonsBetween } from './chain-heads.ts';
import { followChain } from './device-chain.ts';
import type { Signatures } from './signatures.ts';

export interface ChainPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly signatures: Signatures;
  readonly time: ServerTime;
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

  /** Where the server says that the chain of somebody known has changed, it is read at once: who knows her is told before she next speaks. */
  async keepUp(people: readonly Pick<Person, 'id' | 'chain'>[]): Promise<void> {
    const read = await Promise.allSettled(people.map(async ({ id, chain }) => {
      const known = await this.known(id);
      if (known !== null && known.entries.length !== chain) await this.fetch(id);
    }));
    const failed = read.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
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
      if (identityOf(begins) !== identityOf(known)) {
        await this.#noteStranger(known, begins);
        throw new Failure('identity.changed', { person });
      }
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
      ...(known === null ? [] : this.#note(known, chain)),
    ]);
    if (!pinned) return await this.fetch(person);
    if (known !== null) bus.announce({ type: 'people' });
    if (known !== null) bus.announce({ type: 'conversations' });
    return chain;
  }

  /** Once for each identity that is shown in the place of the known one, which stays pinned. */
  async #noteStranger(known: Chain, shown: Chain): Promise<void> {
    const { store, bus } = this.#ports;
    const noted = await store.commit([{ expect: keys.rekeyed(known.person, headOf(shown).hash), value: undefined }, ...this.#note(known, shown)]);
    if (noted) bus.announce({ type: 'conversations' });
  }

  /** Whoever talks with her is to see that her keys changed, and why. */
  #note(known: Chain, shown: Chain): Change[] {
    const row: RekeyedRow = { person: known.person, at: this.#ports.time.shown(), why: reasonsBetween(known, shown) };
    return row.why.length === 0 ? [] : [{ put: keys.rekeyed(known.person, headOf(shown).hash), value: row }];
  }
}
