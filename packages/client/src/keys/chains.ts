import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainEntry, type ChainHead, entryHash } from '@earshot/protocol/keys.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { RekeyedRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, identityOf } from './chain.ts';
import { reasonsBetween } from './chain-heads.ts';
import { chainHolding } from './former-chains.ts';
import { followChain } from './device-chain.ts';
import type { Signatures } from './signatures.ts';

export interface ChainPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly signatures: Signatures;
  readonly time: ServerTime;
}

/**
 * The devices of people, as far as this device has checked them: what was seen once is pinned, and the server can only add to it. Another identity under
 * the same name, whether she began anew or a server lies, is noted and refused until this person accepts it.
 */
export class Chains {
  readonly #ports: ChainPorts;

  constructor(ports: ChainPorts) {
    this.#ports = ports;
  }

  async known(person: Id): Promise<Chain | null> {
    return ((await this.#ports.store.get(keys.chain(person))) as Chain | undefined) ?? null;
  }

  /** Of the known chain, and of those that she had before she began anew, the one that has this head; null when none has. */
  async holding(person: Id, head: ChainHead): Promise<Chain | null> {
    return await chainHolding(this.#ports.store, person, head);
  }

  /**
   * With at least `length` entries, as far as the server has them, and of the `identity` that it names. Rejects with `server.misbehaves`,
   * `identity.changed` or a network code.
   */
  async reaching(person: Id, length: number, identity?: string): Promise<Chain> {
    const known = await this.known(person);
    const enough = known !== null && known.entries.length >= length && (identity === undefined || identity === identityOf(known));
    return enough ? known : await this.fetch(person);
  }

  /** Rejects with `identity.changed` while one of these people is shown under an identity that was not accepted. */
  async vouched(people: readonly Id[]): Promise<void> {
    for (const [key] of await this.#ports.store.list(below('k/stranger'))) {
      const person = key.slice(key.lastIndexOf('/') + 1);
      if (people.includes(person)) await this.fetch(person);
    }
  }

  /** The identity that the server shows in place of the known one; null when there is none. */
  async stranger(person: Id): Promise<string | null> {
    return ((await this.#ports.store.get(keys.stranger(person))) as string | undefined) ?? null;
  }

  /** As the server has it now. */
  async fetch(person: Id): Promise<Chain> {
    const known = await this.known(person);
    const { chain, former } = await this.#follow(person, known);
    if (known === null || headOf(chain).hash !== headOf(known).hash) return await this.#pin(person, known, chain, former);
    // The server shows again what it showed before.
    if ((await this.stranger(person)) !== null) await this.#ports.store.commit([{ drop: keys.stranger(person) }]);
    return known;
  }

  /** Where the server says that the chain of somebody known has changed, it is read at once: who knows her is told before she next speaks. */
  async keepUp(people: readonly Pick<Person, 'id' | 'chain' | 'identity'>[]): Promise<void> {
    const read = await Promise.allSettled(people.map(async ({ id, chain, identity }) => {
      const known = await this.known(id);
      if (known !== null && (known.entries.length !== chain || (identity !== undefined && identity !== identityOf(known)))) await this.fetch(id);
    }));
    // Another identity was noted where everybody who talks with her sees it.
    const failed = read.find((one) => one.status === 'rejected' && !(one.reason instanceof Failure && one.reason.code === 'identity.changed'));
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** One's own chain after an entry of one's own, which the server has taken. */
  async extended(person: Id, known: Chain | null, entries: readonly ChainEntry[]): Promise<Chain> {
    return await followChain(this.#ports.signatures, person, known, entries);
  }

  async #follow(person: Id, known: Chain | null): Promise<{ readonly chain: Chain; readonly former: readonly Chain[] }> {
    const { signatures } = this.#ports;
    if (known !== null) {
      // From the last one known, so that another branch of the same length is noticed.
      const { entries: [last, ...rest] } = await this.#entries(person, known.entries.length - 1);
      if (last !== undefined && (await entryHash(last)) === headOf(known).hash) return { chain: rest.length === 0 ? known : await followChain(signatures, person, known, rest), former: [] };
    }
    const { entries, former } = await this.#entries(person, 0);
    const [first] = entries;
    const begins = known === null || first === undefined ? known : await followChain(signatures, person, null, [first]);
    if (known === null || begins === null) return { chain: await followChain(signatures, person, null, entries), former: await this.#former(person, former) };
    if (identityOf(begins) === identityOf(known)) return { chain: await followChain(signatures, person, known, entries), former: [] };
    const accepted = ((await this.#ports.store.get(keys.accepted(person))) as readonly string[] | undefined) ?? [];
    if (accepted.at(-1) === identityOf(begins)) {
      const between = accepted.slice(accepted.indexOf(identityOf(known)) + 1, -1).filter((one) => former.includes(one));
      return { chain: await followChain(signatures, person, null, entries), former: [known, ...(await this.#former(person, between))] };
    }
    await this.#noteStranger(known, begins);
    throw new Failure('identity.changed', { person });
  }

  /**
   * Who is met for the first time is believed to have been who the server says that she was: this device has nothing to judge it by. Afterwards no server
   * can add to it but what this person accepted, or a member could speak as another one with its help.
   */
  async #former(person: Id, identities: readonly string[]): Promise<Chain[]> {
    return await Promise.all(identities.map(async (identity) => {
      const { entries } = await this.#entries(person, 0, identity);
      const chain = await followChain(this.#ports.signatures, person, null, entries);
      if (identityOf(chain) !== identity) throw new Failure('server.misbehaves', { what: 'chain', person, reason: 'former' });
      return chain;
    }));
  }

  async #entries(person: Id, from: number, identity?: string): Promise<{ entries: ChainEntry[]; former: readonly string[] }> {
    const entries: ChainEntry[] = [];
    for (;;) {
      const query = `from=${from + entries.length}${identity === undefined ? '' : `&identity=${identity}`}`;
      const page = await this.#ports.api.call('chain', { params: { person }, query });
      entries.push(...page.entries);
      if (page.entries.length === 0 || from + entries.length >= page.length) return { entries, former: page.former };
    }
  }

  async #pin(person: Id, known: Chain | null, chain: Chain, former: readonly Chain[]): Promise<Chain> {
    const { store, bus } = this.#ports;
    const before = former.length === 0 ? 0 : (await store.list(below(`k/former/${person}`))).length;
    const pinned = await store.commit([
      { expect: keys.chain(person), value: known ?? undefined },
      { put: keys.chain(person), value: chain },
      { drop: keys.stranger(person) },
      ...former.map((one, at): Change => ({ put: keys.former(person, before + at), value: one })),
      ...(known === null ? [] : await this.#note(known, chain)),
    ]);
    if (!pinned) return await this.fetch(person);
    if (known !== null) bus.announce({ type: 'people' });
    if (known !== null) bus.announce({ type: 'conversations' });
    return chain;
  }

  /** Once for each identity that is shown in the place of the known one, which stays pinned. */
  async #noteStranger(known: Chain, shown: Chain): Promise<void> {
    const { store, bus } = this.#ports;
    const { person } = known;
    const note = await this.#note(known, shown);
    if (note.length === 0 && (await this.stranger(person)) === identityOf(shown)) return;
    await store.commit([{ put: keys.stranger(person), value: identityOf(shown) }, ...note]);
    bus.announce({ type: 'people' });
    bus.announce({ type: 'conversations' });
  }

  /** Whoever talks with her is to see that her keys changed, and why; once. */
  async #note(known: Chain, shown: Chain): Promise<Change[]> {
    const key = keys.rekeyed(known.person, identityOf(known) === identityOf(shown) ? headOf(shown).hash : identityOf(shown));
    const row: RekeyedRow = { person: known.person, at: this.#ports.time.shown(), why: reasonsBetween(known, shown) };
    return row.why.length === 0 || (await this.#ports.store.get(key)) !== undefined ? [] : [{ put: key, value: row }];
  }
}
