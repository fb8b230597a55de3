import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64Url, toHex } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { hashedBytes, type LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import type { AccountKeys } from './account-keys.ts';
import type { Store } from '../store.ts';
import { below } from '../stores/keys.ts';
import type { Chains } from './chains.ts';
import { openGrant } from './conversation-key.ts';
import { openEphemeral } from './ephemeral-chain.ts';
import type { EphemeralKeys } from './ephemeral-keys.ts';
import type { HeldPrekey } from './ephemeral-prekeys.ts';
import { openEvent } from './event-body.ts';
import { NamedChains } from './named-chains.ts';
import type { Primitives } from './primitives.ts';
import type { Ring } from './ring.ts';

export interface OpeningPorts {
  readonly primitives: Primitives;
  readonly ring: Ring;
  readonly account: AccountKeys;
  readonly chains: Chains;
  readonly ephemeral: EphemeralKeys;
  readonly store: Pick<Store, 'list'>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Keys out of grants whose event is not in the replica yet: those that are on their way there, and a few more. */
const GRANTS_KEPT = 256;

/** Opens what comes. Whether an event belongs where it stands is judged when it is applied, in the order of its log. */
export class EventOpening implements EventOpener {
  readonly #ports: OpeningPorts;
  readonly #granted = new Map<string, Bytes>();

  constructor(ports: OpeningPorts) {
    this.#ports = ports;
  }

  async open(events: readonly LoggedEvent[], session: SessionRow): Promise<OpenedEvent[]> {
    // Grants in the order of the log, since each may need what the one before brought; then everything else at once.
    const keys = new Map<LoggedEvent, Bytes>();
    for (const event of events) {
      const key = event.grant === null ? null : await this.#grantedKey(event, session);
      if (key !== null) keys.set(event, key);
    }
    const chains = new NamedChains(this.#ports.chains);
    // So are chains that begin, and the steps behind them: each is taken once.
    const begun = new Map<LoggedEvent, OpenedEvent>();
    const steps = new Map<LoggedEvent, Bytes | Failure>();
    for (const event of events) {
      if (event.envelope.class === 'chain') begun.set(event, await this.#begin(event, chains));
      else if (event.envelope.ephemeral !== undefined) steps.set(event, await this.#stepOf(event));
    }
    return await Promise.all(events.map(async (event) => begun.get(event) ?? (await this.#open(event, steps.get(event) ?? keys.get(event) ?? null, chains))));
  }

  /** A chain counts as soon as its device has said so: the seed, where this device has one, opens only what that device has sealed. */
  async #begin(event: LoggedEvent, chains: NamedChains): Promise<OpenedEvent> {
    const { primitives, ephemeral, store } = this.#ports;
    const opened = await this.#open(event, null, chains);
    const body = opened.content?.body;
    if (body?.kind !== 'chain') return opened;
    const { seq, at, deviceGrant, envelope: { log, device } } = event;
    const held = deviceGrant ? (await store.list(below(`k/prekey/${deviceGrant.device}`))).map(([, value]) => value as HeldPrekey) : [];
    const chain = deviceGrant ? await openEphemeral(primitives, log, body.chain, deviceGrant, held) : null;
    await ephemeral.begin(log, chain ?? { id: body.chain, step: 0, key: null }, { device, seq, at });
    return opened;
  }

  /** Also of a message that was taken back before it came: its sender may bring it back. */
  async #stepOf({ seq, removed, envelope: { log, device, ephemeral } }: LoggedEvent): Promise<Bytes | Failure> {
    if (ephemeral === undefined) return new Failure('key.vanished', { log });
    try {
      if (removed !== null && removed.rule !== 'removed') {
        await this.#ports.ephemeral.pass(log, ephemeral.chain, ephemeral.step);
        return new Failure('key.vanished', { log });
      }
      return await this.#ports.ephemeral.keyOf(log, ephemeral.chain, ephemeral.step, { seq, device });
    } catch (error) {
      if (error instanceof Failure && KEYLESS.has(error.code)) return error;
      throw error;
    }
  }

  async #open(event: LoggedEvent, given: Bytes | Failure | null, chains: NamedChains): Promise<OpenedEvent> {
    const sealed = event.body === null ? null : fromBase64Url(event.body);
    const nothing = { event, content: null, granted: null, hash: eventHash(event, sealed) };
    if (sealed === null) return { ...nothing, failure: null };
    if (given instanceof Failure) return { ...nothing, failure: given };
    const { log, generation, ephemeral } = event.envelope;
    const granted = ephemeral === undefined ? given : null;
    const key = given ?? this.#granted.get(nameOf(log, generation)) ?? (await this.#ports.ring.conversationKey(log, generation));
    if (key === null) return { ...nothing, failure: new Failure('key.missing', { log, generation }) };
    try {
      const { body, frame, saidBy } = await openEvent(this.#ports.primitives, key, event.envelope, sealed);
      for (const { person, ...head } of frame.chains.others) await chains.holding(person, head);
      const chain = await chains.holding(event.person, frame.chains.own);
      const device = chain.devices.find(({ id }) => id === event.envelope.device);
      const signed = device !== undefined && (await saidBy(this.#ports.primitives.signatures, device.keys.signing));
      if (!signed) return { ...nothing, failure: new Failure('event.forged', { event: event.envelope.id, person: event.person }) };
      return { ...nothing, content: { body, frame, signingKey: device.keys.signing }, granted, failure: null };
    } catch (error) {
      if (error instanceof SyntaxError) return { ...nothing, failure: new Failure('event.unreadable', { reason: 'text' }, { cause: error }) };
      if (error instanceof Failure && KEPT_ASIDE.has(error.code)) return { ...nothing, failure: error };
      throw error;
    }
  }

  async #grantedKey({ envelope: { log, generation }, grant }: LoggedEvent, session: SessionRow): Promise<Bytes | null> {
    const known = await this.#ports.ring.conversationKey(log, generation);
    if (known !== null || grant === null) return known;
    const seed = await this.#ports.account.seed(grant.account, session);
    const key = seed === null ? null : await openGrant(this.#ports.primitives, log, generation, session.person, grant, seed);
    if (key === null) return null;
    const [oldest] = this.#granted.keys();
    if (this.#granted.size >= GRANTS_KEPT && oldest !== undefined) this.#granted.delete(oldest);
    this.#granted.set(nameOf(log, generation), key);
    return key;
  }
}

/** Why there is no key for a message; a disk that is full passes. */
const KEYLESS: ReadonlySet<string> = new Set<FailureCode>(['key.missing', 'key.vanished', 'event.unreadable']);

/** What is wrong with an event itself; anything else stands in the way of opening it, and passes. */
const KEPT_ASIDE: ReadonlySet<string> = new Set(['event.unreadable', 'server.misbehaves', 'identity.changed', 'not-found']);

function nameOf(log: Id, generation: number): string {
  return `${log} ${generation}`;
}

/** What the next events of the log call this one. Computed here, as in `hkdf`: the platform's threads take longer to wake up than it takes. */
function eventHash({ envelope, removed }: LoggedEvent, sealed: Bytes | null): string {
  return toHex(sha256(hashedBytes(envelope, removed?.sha256 ?? toHex(sha256(sealed ?? new Uint8Array())))));
}
