import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { inviteAsOperator } from '@earshot/server/invitations/invitations.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import type { MessageRow } from '@earshot/client/replica/row.ts';
import type { LogRow } from '@earshot/client/replica/row.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { Acknowledged } from './acknowledged.ts';
import { Actor, isOpen } from './actor.ts';
import { befall, type Visitation } from './befall.ts';
import { beforeLastEnd, passBrinks } from './brinks.ts';
import { Device } from './device.ts';
import { type Dice, diceOf } from './dice.ts';
import { Ledger } from './ledger.ts';
import { Link, type Tamper } from './link.ts';
import { type Plant, type ServerApp, ServerHost } from './server-host.ts';
import { filterOf } from './plight.ts';
import { Storm, type Theatre } from './storm.ts';
import { unsettled } from './settled.ts';
import { DAY, drawLeap, drawRetention } from './terms.ts';
import { VirtualTime } from './time.ts';
import { Trace } from './trace.ts';

const MINUTE = 60_000;
/** Longest pause between two things that one person does, usually and in busy worlds. Milliseconds. */
const PAUSE = 6_000;
const BUSY_PAUSE = 2_000;
/** Without a fault everything has arrived after this: the longest back-off is one minute, and one may follow another. */
const CALM = 20 * MINUTE;
/** What people began and did not finish they say to its end, one after the other: in a busy world hundreds of takes. */
const FINISHING = 3 * 60 * MINUTE;

export interface WorldOptions {
  readonly seed: number;
  readonly app: ServerApp;
  readonly realCrypto: boolean;
  /** A planted fault, to see that it is found. */
  readonly tamper?: Tamper | undefined;
  /** What befalls the first device, instead of a storm that befalls everybody. */
  readonly visitation?: Visitation | undefined;
  /** Years pass in it, and people care about what they keep. */
  readonly years?: boolean;
  /** Two people only, who do three times as much in the same bad weather: most messages for the time it takes. */
  readonly busy?: boolean;
  /** A planted fault within the server: what it gets instead of its ports. */
  readonly plant?: Plant;
  /** A planted fault of the devices: rows that are never dropped. */
  readonly hoard?: (key: string) => boolean;
}

/** People with devices, a server, and what happens between them. */
export class World implements Theatre {
  readonly seed: number;
  readonly time = new VirtualTime();
  readonly trace = new Trace(this.time);
  readonly ledger = new Ledger();
  readonly acknowledged = new Acknowledged(this.trace);
  readonly server: ServerHost;
  readonly devices: Device[] = [];
  readonly #dice: Dice;
  readonly #realCrypto: boolean;
  readonly #tamper: Tamper | undefined;
  readonly #visitation: Visitation | undefined;
  /** Everybody has joined; from now on something may befall them. */
  #begun = false;
  resting = false;
  readonly keeps: boolean;
  readonly pause: number;
  readonly #mostPeople: number;
  readonly #keepingDice: Dice;
  readonly #hoard: (key: string) => boolean;

  constructor({ seed, app, realCrypto, tamper, visitation, years = false, busy = false, plant, hoard = () => false }: WorldOptions) {
    this.seed = seed;
    this.#dice = diceOf(seed, 'world');
    this.#realCrypto = realCrypto;
    this.#tamper = tamper;
    this.#visitation = visitation;
    this.#hoard = hoard;
    this.#keepingDice = diceOf(seed, 'keeping');
    this.keeps = years;
    this.pause = busy ? BUSY_PAUSE : PAUSE;
    this.#mostPeople = busy ? 2 : 4;
    this.server = new ServerHost(this.time, diceOf(seed, 'server'), this.trace, app, this.keeps ? drawRetention(this.#keepingDice) : usualRetention, plant);
  }

  /** Time passes while nobody does anything. No connection lives through that. */
  leap(milliseconds = drawLeap(this.#keepingDice)): void {
    for (const device of this.devices) for (const line of device.ports.link.lines) line.cut();
    this.time.leap(milliseconds);
    if (milliseconds >= DAY) this.acknowledged.cleared = true;
    this.trace.say(`${(milliseconds / DAY).toFixed(2)} days pass: ${new Date(this.server.now).toISOString()}`);
  }

  dayPassed(): void {
    this.acknowledged.cleared = true;
    this.trace.say('server: a day passed');
  }

  /** Everybody joins, in fine weather. */
  async settle(): Promise<void> {
    await this.#within('joining', async () => {
      await this.server.start();
      const people = this.#dice.int(2, this.#mostPeople);
      for (let at = 0; at < people; at += 1) await this.#person(at);
      await this.#firstGroup();
    });
  }

  async #person(at: number): Promise<void> {
    const handle = `p${at}`;
    const count = this.#dice.chance(0.4) ? 2 : 1;
    let code = '';
    for (let number = 0; number < count; number += 1) {
      const device = this.#device(`${handle}.${number}`, handle);
      const { earshot } = await device.open();
      if (number === 0) {
        const secret = makeId(this.#dice);
        await inviteAsOperator({ store: this.server.disk.store, clock: { now: () => 0, sleep: async () => undefined }, limits: { ...limits, invitationLife: Number.MAX_SAFE_INTEGER } }, { secretSha256: await sha256(utf8(await invitationToken(secret))) });
        await earshot.account.join({ invitation: secret, handle, name: handle, password: 'correct horse', deviceName: device.name });
        code = (await earshot.account.recoveryCode()) ?? '';
      } else {
        await earshot.account.signIn({ handle, password: 'correct horse', deviceName: device.name });
        await earshot.account.unlock({ recoveryCode: code });
      }
      const me = await earshot.account.current();
      Object.assign(device, { person: me?.person, id: me?.device });
      await earshot.synced();
    }
  }

  #device(name: string, handle: string): Device {
    const dice = diceOf(this.seed, name);
    const { time, trace, server, acknowledged } = this;
    // What befalls one device is on its way only.
    const tamper = this.#visitation === undefined ? this.#tamper : this.devices.length === 0 ? this.#onceJoined(filterOf(this.#visitation.plight)) : undefined;
    const link = new Link(name, { time, dice, trace, server, acknowledged, claimed: (log, delivered) => this.#claimed(device, log, delivered), tamper });
    const device = new Device(name, handle, { time, dice, trace, link, realCrypto: this.#realCrypto });
    device.disk.hoards = this.#hoard;
    this.devices.push(device);
    return device;
  }

  #onceJoined(filter: Tamper | undefined): Tamper | undefined {
    return filter && ((request, ask) => (this.#begun ? filter(request, ask) : ask()));
  }

  async #firstGroup(): Promise<void> {
    const [first] = this.devices;
    const [tab] = first?.tabs ?? [];
    if (tab === undefined) return;
    await tab.earshot.synced();
    const others = [...new Set(this.devices.map(({ person }) => person))].filter((person) => person !== first?.person);
    const members = others.filter(() => this.#dice.chance(0.9));
    this.ledger.conversations.add(await tab.earshot.conversations.createGroup({ title: 'Everybody', members }));
  }

  /** A device says that it holds everything up to a number: then all of it has to be on its disk at that moment. */
  #claimed({ name, person: owner, disk }: Device, log: string, delivered: number): void {
    // What came back after it had been counted is fetched anew: it was restored, had ended here and was kept by then, or was taken back by somebody who had left.
    const left = this.ledger.left.has(`${owner} ${log}`);
    const back = new Set(this.ledger.wishes.flatMap(({ what, message, person }) => (what === 'restore' || what === 'keep' || (what === 'remove' && left && person === owner) ? [message] : [])));
    const row = disk.get(keys.log(log)) as LogRow | undefined;
    if ((row?.applied ?? 0) < delivered) this.trace.violation(`${name}: claims log ${log} up to ${delivered}, has ${row?.applied}`);
    const missing = disk.select({ from: below(`r/fetch/${log}`).from, to: keys.fetch(log, delivered + 1) }).filter(([, message]) => typeof message !== 'string' || !back.has(message));
    if (missing.length > 0) this.trace.violation(`${name}: claims log ${log} up to ${delivered}, misses ${missing[0]?.[0]}`);
    for (const [key, value] of disk.select({ from: keys.message(log, 0), to: keys.message(log, delivered + 1) })) {
      const message = value as MessageRow;
      if (!message.here && message.removed === null && message.failure === null && !back.has(message.id)) this.trace.violation(`${name}: claims log ${log} up to ${delivered}, lacks ${key}`);
    }
  }

  async weather(): Promise<void> {
    const minutes = this.#visitation === undefined ? this.#dice.pick([1, 3, 10]) : 1;
    this.#begun = true;
    if (this.#visitation === undefined) new Storm(this).begin();
    else befall(this, this.#visitation);
    await this.time.run(this.time.now + minutes * MINUTE);
  }

  /** Nothing goes wrong any more: everything that was decided has to come to its end by itself. */
  async calm(): Promise<void> {
    this.trace.say('calm');
    this.resting = true;
    this.server.disk.full = false;
    for (const device of this.devices) {
      device.disk.full = false;
      device.ports.link.become('fine');
    }
    void this.server.start();
    await this.#within('opening', async () => {
      for (const device of this.devices) if (device.tabs.size === 0) await device.open();
      await this.time.sleep(5_000);
    });
    await this.#within('finishing', async () => {
      for (const device of this.devices) await this.#finish(device);
    }, FINISHING);
    await this.#untilSettled();
    if (!this.keeps) return;
    await this.#within('sweeping', () => this.server.sweep());
    await this.#untilSettled();
  }

  /** A long time after, in which nobody did anything. */
  async later(): Promise<void> {
    const until = this.server.now + this.#keepingDice.pick([2, 35, 70, 400]) * DAY;
    // Every other world is judged where something is about to end.
    await passBrinks(this, this.seed % 2 === 0 ? until : await beforeLastEnd(this, until));
    await this.#within('sweeping', () => this.server.sweep());
    await this.calm();
  }

  /** Weeks in which every device is there now and then: what goes with old prekeys goes. */
  async weeks(): Promise<void> {
    for (let week = 0; week < 4; week += 1) {
      this.leap(8 * DAY);
      await this.calm();
      // What did not come through at once is looked at again.
      await this.time.run(this.time.now + MINUTE);
    }
  }

  async #finish(device: Device): Promise<void> {
    const [tab] = device.tabs;
    if (tab === undefined) return;
    const actor = new Actor(tab, this, diceOf(this.seed, `${device.name} finishing`));
    for (let round = 0; round < 5; round += 1) {
      const open = [...this.ledger.takes.values()].filter((take) => take.device === device.name && isOpen(take) && (round === 0 || take.fate !== 'draft'));
      for (const take of open) await actor.attempt('finish', () => actor.drive(take));
    }
  }

  async #untilSettled(): Promise<void> {
    const end = this.time.now + CALM;
    while (this.time.now < end && !(await unsettled(this.server, this.devices, this.ledger).next()).done) await this.time.run(this.time.now + 2_000);
    for await (const what of unsettled(this.server, this.devices, this.ledger)) this.trace.violation(`after ${CALM / MINUTE} calm minutes ${what}`);
    this.trace.say('settled');
  }

  /** Lets time pass until `work` is done. */
  async #within(what: string, work: () => Promise<void>, most = CALM): Promise<void> {
    const state: { done: boolean; error: string | null } = { done: false, error: null };
    work().then(
      () => (state.done = true),
      (error: unknown) => Object.assign(state, { done: true, error: error instanceof Error ? error.stack : String(error) }),
    );
    await this.time.run(this.time.now + most, () => state.done);
    if (!state.done) this.trace.violation(`${what} does not end`);
    if (state.error !== null) this.trace.violation(`${what}: ${state.error}`);
  }

  /** Runs `work` with everything else standing by. */
  async ask(what: string, work: () => Promise<void>): Promise<void> {
    await this.#within(what, work);
  }

  end(): void {
    for (const device of this.devices) device.kill();
    this.server.kill();
    void this.server.disk.store.close();
  }
}
