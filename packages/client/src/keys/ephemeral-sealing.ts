import { toHex, utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Id } from '@earshot/base/ids.ts';
import type { EphemeralStep } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { DeviceGrant, MemberPrekey } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, trustedDevices } from './chain.ts';
import { grantEphemeral, newEphemeralChain } from './ephemeral-chain.ts';
import type { EphemeralKeys } from './ephemeral-keys.ts';
import { isPrekeyOf, within } from './ephemeral-prekeys.ts';
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

/**
 * The chain that this device sends on in a log, and for whom it was begun. `chain` is null where somebody has no device that one can be sealed to: then what
 * expires is sealed like what stays, rather than lost on her.
 */
export type OwnChain = {
  readonly chain: Id | null;
  readonly device: Id;
  readonly generation: number;
  /** Of the members' device chains. */
  readonly heads: string;
  /** When it began, by the server's clock. */
  readonly at: number;
  /** How many devices had no prekey, and when they were last asked for. */
  readonly lacking: number;
  readonly asked: number;
};

export interface EphemeralKey {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly step: EphemeralStep;
}

/** A chain serves so long at most. Milliseconds, by the server's clock. */
const LIFE = 7 * 86_400_000;
/** Until devices without a prekey are asked for once more; then twice as long each time. Milliseconds. */
const ASKED_AGAIN = 60_000;

/** Gives each message that expires a key of its own, out of a chain that was sealed to the devices which are there now. */
export class EphemeralSealing {
  readonly #ports: EphemeralSealingPorts;

  constructor(ports: EphemeralSealingPorts) {
    this.#ports = ports;
  }

  /** Whether something can be sealed for these people as things are; otherwise a chain has to begin first. */
  async isReady(audience: Audience): Promise<boolean> {
    const own = await this.#inForce(audience);
    if (own !== null && !this.#asksAgain(own, audience)) return true;
    const prekeys = await this.#prekeys(audience);
    const asked = this.#own(audience, prekeys, null);
    const same = own !== null && own.lacking === asked.lacking;
    if (!same && reachesAll(audience, prekeys)) return false;
    await this.#ports.store.commit([{ put: keys.ephemeralOwn(audience.log), value: same ? { ...own, asked: asked.asked } : asked }]);
    return true;
  }

  /** The next key; null: it is sealed like what stays. Throws `key.missing` where a chain has to begin first. */
  async next({ log, generation, device }: Pick<Audience, 'log' | 'generation' | 'device'>): Promise<EphemeralKey | null> {
    const own = (await this.#ports.store.get(keys.ephemeralOwn(log))) as OwnChain | undefined;
    if (own?.generation !== generation || own.device !== device) throw new Failure('key.missing', { log, generation, reason: 'chain' });
    if (own.chain === null) return null;
    const { step, key } = await this.#ports.keys.next(log, own.chain);
    return { key, step: { chain: own.chain, step } };
  }

  /** A chain for these people: here before anybody can be told of it, in force once the server has it. */
  async begin(audience: Audience): Promise<{ readonly chain: Id; readonly deviceGrants: readonly DeviceGrant[]; readonly own: OwnChain }> {
    const { primitives, keys: held } = this.#ports;
    const { log, device } = audience;
    const prekeys = await this.#prekeys(audience);
    const chain = newEphemeralChain(primitives.random);
    const own = this.#own(audience, prekeys, reachesAll(audience, prekeys) ? chain.id : null);
    await held.begin(log, chain, { device, seq: null, at: own.at });
    return { chain: chain.id, deviceGrants: await grantEphemeral(primitives, log, chain, prekeys), own };
  }

  /** The server has its event. */
  async begun(log: Id, own: OwnChain): Promise<void> {
    await this.#ports.store.commit([{ put: keys.ephemeralOwn(log), value: own }]);
  }

  async #inForce(audience: Audience): Promise<OwnChain | null> {
    const { log, generation, device } = audience;
    const own = (await this.#ports.store.get(keys.ephemeralOwn(log))) as OwnChain | undefined;
    const fits = own?.generation === generation && own.device === device && own.heads === headsOf(audience) && within(own.at, this.#now(audience), LIFE);
    return fits && (own.chain === null || (await this.#ports.keys.holds(log, own.chain))) ? own : null;
  }

  #asksAgain({ lacking, asked, at }: OwnChain, audience: Audience): boolean {
    return lacking > 0 && !within(asked, this.#now(audience), Math.max(ASKED_AGAIN, asked - at));
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

  #own(audience: Audience, prekeys: readonly MemberPrekey[], chain: Id | null): OwnChain {
    const { device, generation, chains } = audience;
    const at = this.#now(audience);
    const all = chains.flatMap(trustedDevices).filter(({ id }) => id !== device);
    return { chain, device, generation, heads: headsOf(audience), at, lacking: all.length - prekeys.length, asked: at };
  }

  #now({ at }: Audience): number {
    return Math.max(this.#ports.time.now(), at);
  }
}

/** Whether everybody has it on one device at least. */
function reachesAll({ device, chains }: Audience, prekeys: readonly MemberPrekey[]): boolean {
  return chains.every((chain) => trustedDevices(chain).some(({ id }) => id === device || prekeys.some((one) => one.device === id)));
}

function headsOf({ chains }: Audience): string {
  return toHex(sha256(utf8(JSON.stringify(chains.map((chain) => [chain.person, headOf(chain).hash]).toSorted(([one = ''], [other = '']) => one.localeCompare(other))))));
}
