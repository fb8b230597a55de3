import { createHash } from 'node:crypto';
import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { FaultyLink } from '@earshot/faults/link.node.ts';
import { Middlebox } from '@earshot/faults/middlebox.node.ts';
import { Failure } from '@earshot/protocol/failures.ts';

export interface PairPorts {
  readonly origin: string;
  /** The secret of an invitation that nobody used. */
  readonly invitation: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** A message that is not there after so long counts as lost; milliseconds. */
  readonly patience?: number;
}

const PATIENCE = 45_000;
const UNDER_WAY = 100;
const PRE_SKIP = 312;
const PACKET_SAMPLES = 960;

/**
 * A throw-away account with two devices in memory. `near` is behind a link and a middlebox that do what they are told, `far` is not.
 * They speak in the account's own conversation, which goes with the account: that is why it is one account and not two.
 */
export class DrillPair implements AsyncDisposable {
  readonly link: FaultyLink;
  readonly box: Middlebox;
  readonly handle: string;
  readonly #ports: PairPorts;
  readonly #store: Store;
  readonly #password: string;
  readonly #spoken: Id[] = [];
  readonly far: Earshot;
  near: Earshot;
  #conversation: Id = '';

  private constructor(ports: PairPorts, link: FaultyLink, box: Middlebox, store: Store, far: Earshot, near: Earshot) {
    this.#ports = ports;
    this.#store = store;
    this.link = link;
    this.box = box;
    this.far = far;
    this.near = near;
    this.handle = `drill-${makeId(ports.random).slice(0, 10)}`;
    this.#password = makeId(ports.random);
  }

  static async meet(ports: PairPorts): Promise<DrillPair> {
    const box = await Middlebox.open(ports.origin);
    const link = await FaultyLink.open(box.origin);
    const store = memoryStore();
    const pair = new DrillPair(ports, link, box, store, await device(ports, ports.origin, memoryStore()), await device(ports, link.origin, store));
    try {
      await pair.#enter();
      return pair;
    } catch (error) {
      await pair[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Nothing is in the way yet: whoever cannot get there at all needs no drill. */
  async #enter(): Promise<void> {
    const { handle, far, near } = this;
    await far.account.join({ invitation: this.#ports.invitation, handle, name: 'Drill', password: this.#password, deviceName: 'drill, far' });
    await near.account.signIn({ handle, password: this.#password, deviceName: 'drill, near' });
    // A new device has no keys until it is let in.
    await near.account.unlock({ recoveryCode: (await far.account.recoveryCode()) ?? '' });
    for (const one of [far, near]) {
      await one.start();
      await one.synced();
    }
    const me = await near.account.current();
    if (me === null) throw new Failure('session.missing');
    this.#conversation = await near.conversations.direct(me.person);
  }

  /** Releases a message of so many seconds: from then on it may not be lost. */
  async speak(seconds: number, from: 'near' | 'far' = 'near'): Promise<Id> {
    const count = Math.round(seconds * 50);
    const take = makeId(this.#ports.random);
    const growing = await this[from].outgoing.begin({ take, conversation: this.#conversation });
    const said = packets(count, this.#ports.random);
    await growing.append(said.slice(0, count / 2));
    // What was said so far leaves while the rest is being said.
    await this.#ports.clock.sleep(UNDER_WAY, this.#ports.signal);
    await growing.append(said.slice(count / 2));
    await growing.send({ samples: count * PACKET_SAMPLES - PRE_SKIP, preSkip: PRE_SKIP, waveform: Uint8Array.of(40, 80, 40), source: { from: 'microphone' } });
    this.#spoken.push(take);
    return take;
  }

  /** The near device's program ends and is started again, as when a phone closes an app. */
  async restart(): Promise<void> {
    await this.near[Symbol.asyncDispose]();
    this.near = await device(this.#ports, this.link.origin, this.#store);
    await this.near.start();
  }

  /** Nothing stands in the way any more. */
  clear(): void {
    // What a hole took out of a connection is missing from it for ever.
    this.link.cutAll();
    this.link.shape({});
    this.box.meddle = () => ({ do: 'pass' });
    void this.near.outgoing.tryNow();
  }

  /** Whether everything that was spoken is on the other side: each once, byte for byte, in the order in which it was sent. */
  async arrived(): Promise<boolean> {
    const until = AbortSignal.any([this.#ports.signal, AbortSignal.timeout(this.#ports.patience ?? PATIENCE)]);
    while (!(await this.#allThere())) {
      if (until.aborted) return false;
      await this.#ports.clock.sleep(50, until);
    }
    return true;
  }

  async #allThere(): Promise<boolean> {
    const [near, far] = await Promise.all([this.near, this.far].map((one) => one.messages.list(this.#conversation, { limit: this.#spoken.length + 10 })));
    if (near === undefined || far === undefined || !sameOrder(near, this.#spoken) || !sameOrder(far, this.#spoken)) return false;
    if (![...near, ...far].every(({ here, seq, removed }) => here && seq !== null && removed === null)) return false;
    const last = this.#spoken.at(-1);
    return last === undefined || (await hashOf(this.near, last)) === (await hashOf(this.far, last));
  }

  /** Takes the account away with everything that was said. Throws why it could not be. */
  async leave(): Promise<void> {
    this.clear();
    await this.far.account.deleteAccount({ handle: this.handle, password: this.#password });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.near, this.far, this.link, this.box]) await one[Symbol.asyncDispose]();
  }
}

function device({ clock, random }: PairPorts, server: string, store: Store): Promise<Earshot> {
  return createEarshot({ store, clock, random, locks: memoryLocks(), transport: httpTransport({ server }) });
}

function sameOrder(messages: readonly { readonly id: Id }[], spoken: readonly Id[]): boolean {
  return messages.length === spoken.length && messages.every(({ id }, at) => id === spoken[at]);
}

async function hashOf(who: Earshot, message: Id): Promise<string> {
  return createHash('sha256').update(await who.messages.audio(message)).digest('hex');
}

/** Packets that look like speech on the way: 20 ms each, 60 bytes, nothing that anybody said. */
function packets(count: number, random: Random): Uint8Array[] {
  const celtFullbandMono = 31 << 3;
  return Array.from({ length: count }, () => Uint8Array.from([celtFullbandMono, ...random.bytes(59)]));
}
