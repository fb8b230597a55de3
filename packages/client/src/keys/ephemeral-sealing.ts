import type { Id } from '@earshot/base/ids.ts';
import type { ChainBody, MessageBody, VanishingBody } from '@earshot/protocol/bodies.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EphemeralGrant } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Store } from '../store.ts';
import { ephemeralRows } from '../stores/ephemeral-rows.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import { trustedDevices } from './chain.ts';
import type { Chains } from './chains.ts';
import { grantEphemeral, newEphemeralChain } from './ephemeral-chain.ts';
import { EphemeralKeys } from './ephemeral-keys.ts';
import { isPrekeyOf, type Prekey } from './ephemeral-prekeys.ts';
import type { Primitives } from './primitives.ts';
import { sealVanishing } from './vanishing.ts';

export interface EphemeralPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly chains: Chains;
  readonly time: ServerTime;
}

/** Who says it, and who may hear it. */
export interface Company {
  readonly me: Id;
  readonly device: Id;
  readonly members: readonly Id[];
  /** Says it in the log, before what is to be said under it. */
  readonly say: (body: ChainBody) => Promise<void>;
}

/** On which chain this device says what expires in a log. */
type OwnRow = {
  readonly chain: Id;
  /** Whom it was granted to, and those who were trusted then and had shown no prekey. */
  readonly devices: string;
  readonly lacking: boolean;
  /** By the server's clock. */
  readonly since: number;
  /** Grants that are not in the log yet. */
  readonly unsaid: readonly EphemeralGrant[];
};

interface Granted extends Pick<OwnRow, 'devices' | 'lacking'> {
  readonly prekeys: readonly Prekey[];
}

/** A chain serves at most so long. Milliseconds. */
const LIFE = 7 * 86_400_000;
/** What was granted longer ago and not said may be sealed to prekeys that are erased by now. */
const UNSAID = 86_400_000;

/** Seals what expires: to the devices that are there now, and to nothing else. */
export class EphemeralSealing {
  readonly #ports: EphemeralPorts;
  readonly #keys: EphemeralKeys;

  constructor(ports: EphemeralPorts) {
    this.#ports = ports;
    this.#keys = new EphemeralKeys(ports.store);
  }

  /** Rejects with `recipient.no-device` while nobody but the sender could open it, and with a network code. */
  async seal(log: Id, message: Id, body: MessageBody, company: Company): Promise<VanishingBody> {
    const chain = await this.#chain(log, company);
    const { step, key } = await this.#keys.next(log, chain);
    await this.#ports.store.commit([{ put: keys.ephemeralOf(message), value: { log, chain, step } }]);
    return await sealVanishing(this.#ports.primitives.random, { log, chain, step, message }, key, body);
  }

  async #chain(log: Id, company: Company): Promise<Id> {
    const own = (await this.#ports.store.get(ephemeralRows.ownEphemeral(log))) as OwnRow | undefined;
    const young = own !== undefined && this.#ports.time.now() - own.since < (own.unsaid.length > 0 ? UNSAID : LIFE);
    if (young && !own.lacking && own.devices === named(await this.#trusted(company))) return await this.#said(log, own, company);
    const granted = await this.#prekeys(log, company);
    return await this.#said(log, young && own.devices === granted.devices ? own : await this.#begin(log, own, granted), company);
  }

  /** Whom it is for is kept before anybody hears of it: on a bad way it is said again, and not made again. */
  async #begin(log: Id, before: OwnRow | undefined, { prekeys, devices, lacking }: Granted): Promise<OwnRow> {
    const { store, primitives, time } = this.#ports;
    // Its keys of what was sent stay until that has ended.
    if (before !== undefined) await this.#keys.end(log, before.chain);
    const chain = newEphemeralChain(primitives.random);
    const unsaid = await grantEphemeral(primitives, log, chain, prekeys);
    await this.#keys.begin(log, chain);
    const row: OwnRow = { chain: chain.id, devices, lacking, since: time.now(), unsaid };
    await store.commit([{ put: ephemeralRows.ownEphemeral(log), value: row }]);
    return row;
  }

  async #said(log: Id, own: OwnRow, { say }: Company): Promise<Id> {
    for (let rest = own.unsaid; rest.length > 0; rest = rest.slice(limits.grantsPerChain)) {
      await say({ kind: 'chain', chain: own.chain, grants: rest.slice(0, limits.grantsPerChain) });
      await this.#ports.store.commit([{ put: ephemeralRows.ownEphemeral(log), value: { ...own, unsaid: rest.slice(limits.grantsPerChain) } }]);
    }
    return own.chain;
  }

  /** As the server has them, and as devices have signed them that are trusted by their person's chain. */
  async #prekeys(log: Id, company: Company): Promise<Granted> {
    const { api, chains, primitives } = this.#ports;
    const { prekeys } = await api.call('prekeys', { params: { log } });
    const good: Prekey[] = [];
    for (const { person, ...prekey } of prekeys) {
      if (prekey.device === company.device || !company.members.includes(person)) continue;
      if (await isPrekeyOf(primitives.signatures, await chains.reaching(person, 1), prekey)) good.push(prekey);
      // Of a device that came in since its person's chain was read here.
      else if (await isPrekeyOf(primitives.signatures, await chains.fetch(person), prekey)) good.push(prekey);
    }
    const trusted = await this.#trusted(company);
    const others = new Set((await this.#trusted({ ...company, members: company.members.filter((one) => one !== company.me) })));
    if (others.size > 0 && !good.some(({ device }) => others.has(device))) throw new Failure('recipient.no-device', { log });
    const devices = good.map(({ device }) => device);
    return { prekeys: good, devices: named(devices), lacking: named(devices) !== named(trusted) };
  }

  async #trusted({ members, device }: Pick<Company, 'members' | 'device'>): Promise<Id[]> {
    const chains = await Promise.all(members.map((person) => this.#ports.chains.reaching(person, 1)));
    return chains.flatMap(trustedDevices).map(({ id }) => id).filter((id) => id !== device);
  }
}

function named(devices: readonly Id[]): string {
  return [...devices].sort().join(' ');
}
