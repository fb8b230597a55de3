import { Actor, type Stage } from './actor.ts';
import { type Dice, diceOf } from './dice.ts';
import type { Device, Tab } from './device.ts';
import type { Weather } from './link.ts';
import type { ServerHost } from './server-host.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Theatre extends Stage {
  readonly seed: number;
  readonly devices: readonly Device[];
  readonly server: ServerHost;
  /** The server's clock went on by a day. */
  dayPassed: () => void;
  /** Time passes while nobody does anything. */
  leap: (milliseconds?: number) => void;
}

const FAULTS = ['weather', 'tab', 'device', 'server', 'server disk', 'device disk', 'clock', 'day', 'window', 'sweep'] as const;
type Fault = (typeof FAULTS)[number] | 'leap';

/** What befalls a world. Each seed draws its own kinds of trouble, so that some get much of one and others a little of all. */
export class Storm {
  readonly #theatre: Theatre;
  readonly #dice: Dice;
  readonly #kinds: readonly Fault[];
  readonly #pace: number;
  #actors = 0;

  constructor(theatre: Theatre) {
    this.#theatre = theatre;
    this.#dice = diceOf(theatre.seed, 'storm');
    const drawn = FAULTS.filter(() => this.#dice.chance(0.55));
    this.#kinds = [...(drawn.length === 0 ? ['weather' as const] : drawn), ...(theatre.keeps ? ['leap' as const] : [])];
    this.#pace = this.#dice.pick([1_500, 5_000, 15_000]);
    theatre.trace.say(`storm: ${this.#kinds.join(', ')} every ${this.#pace / 1000} s`);
  }

  begin(): void {
    for (const device of this.#theatre.devices) {
      if (this.#kinds.includes('clock')) device.skew.offset = this.#dice.between(-9 * DAY, 9 * DAY);
      if (this.#kinds.includes('weather')) device.ports.link.weather = 'rough';
      for (const tab of device.tabs) void new Actor(tab, this.#theatre, this.#fresh()).live();
      if (this.#kinds.includes('window') && this.#dice.chance(0.5)) void this.#open(device);
    }
    void this.#blow();
  }

  async #blow(): Promise<void> {
    const { time } = this.#theatre;
    while (!this.#theatre.resting) {
      await time.sleep(this.#dice.between(0, 2 * this.#pace));
      if (!this.#theatre.resting) this.#strike(this.#dice.pick(this.#kinds), this.#dice.pick(this.#theatre.devices));
    }
  }

  #strike(fault: Fault, device: Device): void {
    const { server, trace } = this.#theatre;
    switch (fault) {
      case 'weather': return this.#weather(device);
      case 'tab': return this.#tab(device);
      case 'device': return this.#restart(device);
      case 'server': return this.#server();
      case 'server disk': return this.#fill(server.disk, 'server');
      case 'device disk': return this.#fill(device.disk, device.name);
      case 'clock':
        device.skew.offset = this.#dice.between(-9 * DAY, 9 * DAY);
        return trace.say(`${device.name}: clock off by ${(device.skew.offset / HOUR).toFixed(1)} h`);
      case 'day':
        if (!this.#dice.chance(0.3)) return;
        if (this.#theatre.keeps) return this.#leap(25 * HOUR);
        server.skew.offset += 25 * HOUR;
        this.#theatre.dayPassed();
        return this.#sweep();
      case 'window': return void (device.tabs.size < 3 && this.#open(device));
      case 'sweep': return this.#sweep();
      case 'leap': return this.#leap();
    }
  }

  #leap(milliseconds?: number): void {
    this.#theatre.leap(milliseconds);
    this.#sweep();
  }

  #weather(device: Device): void {
    const { link } = device.ports;
    const weather = this.#dice.pick<Weather>(['rough', 'rough', 'fine', 'down', 'down', 'hole', 'captive']);
    link.distance = this.#dice.pick([2, 10, 40, 300]);
    link.become(weather);
    this.#theatre.trace.say(`${device.name}: the way is ${weather}`);
  }

  #tab(device: Device): void {
    const tabs = [...device.tabs];
    if (tabs.length === 0) return;
    const tab = this.#dice.pick(tabs);
    if (this.#dice.chance(0.3)) {
      // Closed as a page is: it may finish what it has begun, or be killed before.
      const closed = (): void => this.#closed(device, tab);
      void tab.earshot[Symbol.asyncDispose]().then(closed);
      this.#theatre.time.after(this.#dice.between(0, 3_000), closed);
    } else device.killTab(tab);
    this.#later(this.#dice.between(10, 20_000), () => void (device.tabs.size === 0 && this.#open(device)));
  }

  /** Calm or not, what is about to close is over in the end. Once it is calm nobody else opens a device whose last program that was. */
  #closed(device: Device, { life }: Tab): void {
    if (!life.alive) return;
    life.end();
    if (this.#theatre.resting && device.tabs.size === 0) void this.#open(device);
  }

  #restart(device: Device): void {
    device.kill();
    this.#later(this.#dice.between(10, 60_000), () => void (device.tabs.size === 0 && this.#open(device)));
  }

  #server(): void {
    const { server } = this.#theatre;
    if (server.run === null) return;
    server.kill();
    this.#later(this.#dice.between(50, 30_000), () => void server.start());
  }

  #fill(disk: { full: boolean }, whose: string): void {
    this.#theatre.trace.say(`${whose}: disk full`);
    disk.full = true;
    this.#later(this.#dice.between(100, 20_000), () => {
      disk.full = false;
      this.#theatre.trace.say(`${whose}: disk has room`);
    });
  }

  #sweep(): void {
    const { server, trace } = this.#theatre;
    trace.say('server: sweeps');
    server.sweep().catch((error: unknown) => trace.say(`server: sweep met ${String(error)}`));
  }

  async #open(device: Device): Promise<void> {
    const tab = await device.open();
    if (!this.#theatre.resting) await new Actor(tab, this.#theatre, this.#fresh()).live();
  }

  #later(milliseconds: number, happen: () => void): void {
    this.#theatre.time.after(milliseconds, () => {
      if (!this.#theatre.resting) happen();
    });
  }

  #fresh(): Dice {
    this.#actors += 1;
    return diceOf(this.#theatre.seed, `actor ${this.#actors}`);
  }
}
