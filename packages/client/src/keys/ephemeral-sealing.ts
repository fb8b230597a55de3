import { toHex, utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Id } from '@earshot/base/ids.ts';
import type { EphemeralStep } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant, MemberPrekey } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, trustedDevices } from './chain.ts';
import { grantEphemeral, newEphemeralChain } from './ephemeral-chain.ts';
import type { EphemeralKeys } from './ephemeral-keys.ts';
import { isPrekeyOf } from './ephemeral-prekeys.ts';
import type { Primitives } from './primitives.ts';

export interface EphemeralSealingPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly time: ServerTime;
  readonly keys: EphemeralKeys;
}

/** For whom something is to vanish: the conversation, the generation of its key, the sending device, and the device chains of all members. */
export interface Audience {
  readonly log: Id;
  readonly generation: number;
  readonly device: Id;
  readonly chains: readonly Chain[];
  /** The last time that was heard in the log. */
  readonly at: number;
}

/** A chain serves so long at most; one that could not be sealed to every device, for so long. Milliseconds, by the server's clock. */
const LIFE = 7 * 86_400_000;
const LIFE_OF_PARTIAL = 3_600_000;

/** The chain that this device sends on in a log. `heads`: of the device chains that it was begun for. */
type OwnRow = { readonly chain: Id; readonly generation: number; readonly heads: string; readonly at: number; readonly partial: boolean };

export interface EphemeralKey {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly step: EphemeralStep;
}

/** Gives each message that expires a key of its own, out of a chain that was sealed to the devices which are there now. */
export class EphemeralSealing {
  readonly #ports: EphemeralSealingPorts;

  constructor(ports: EphemeralSealingPorts) {
    this.#ports = ports;
  }

  /**
   * The next key; `post` sends the event of a chain that has to begin first. Null where somebody has no device that a chain can be sealed to: then it is
   * sealed like what stays, rather than lost on her.
   */
  async next(audience: Audience, post: (chain: Id, grants: DeviceGrant[]) => Promise<void>): Promise<EphemeralKey | null> {
    const { store, keys: held } = this.#ports;
    const own = (await store.get(keys.ephemeralOwn(audience.log))) as OwnRow | undefined;
    const chain = own !== undefined && this.#serves(own, audience) ? own.chain : await this.#begin(audience, post);
    if (chain === null) return null;
    const { step, key } = await held.next(audience.log, chain);
    return { key, step: { chain, step } };
  }

  #serves({ generation, heads, at, partial }: OwnRow, audience: Audience): boolean {
    const age = this.#now(audience) - at;
    return generation === audience.generation && heads === headsOf(audience) && age >= 0 && age < (partial ? LIFE_OF_PARTIAL : LIFE);
  }

  async #begin(audience: Audience, post: (chain: Id, grants: DeviceGrant[]) => Promise<void>): Promise<Id | null> {
    const { store, primitives, keys: held } = this.#ports;
    const { log, generation, device, chains } = audience;
    const prekeys = await this.#prekeys(audience);
    const reached = (chain: Chain): boolean => trustedDevices(chain).some(({ id }) => id === device || prekeys.some((one) => one.device === id));
    if (!chains.every(reached)) return null;
    const chain = newEphemeralChain(primitives.random);
    const at = this.#now(audience);
    // Here before anybody can ask for it: what was sealed on it is read back by this device as well.
    await held.begin(log, chain, { device, seq: null, at });
    await post(chain.id, await grantEphemeral(primitives, log, chain, prekeys));
    const all = chains.flatMap(trustedDevices).filter(({ id }) => id !== device);
    await store.commit([{ put: keys.ephemeralOwn(log), value: { chain: chain.id, generation, heads: headsOf(audience), at, partial: prekeys.length < all.length } satisfies OwnRow }]);
    return chain.id;
  }

  /** Of all devices but this one, as far as their own signed word says so: the server can hold one back, and put none in its place. */
  async #prekeys({ log, device, chains }: Audience): Promise<MemberPrekey[]> {
    const { api, primitives } = this.#ports;
    const { prekeys } = await api.call('logPrekeys', { params: { log } });
    const signed = await Promise.all(prekeys.map(async (prekey) => {
      const chain = chains.find(({ person }) => person === prekey.person);
      return chain !== undefined && prekey.device !== device && (await isPrekeyOf(primitives.signatures, chain, prekey));
    }));
    return prekeys.filter((_, at) => signed[at]).slice(0, limits.deviceGrantsPerEvent);
  }

  #now({ at }: Audience): number {
    return Math.max(this.#ports.time.now(), at);
  }
}

function headsOf({ chains }: Audience): string {
  return toHex(sha256(utf8(JSON.stringify(chains.map((chain) => [chain.person, headOf(chain).hash]).toSorted(([one = ''], [other = '']) => one.localeCompare(other))))));
}
