import type { Channel } from '@earshot/client/channel.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { primitives } from '@earshot/client/keys/primitives.ts';
import { DeviceDisk } from './device-disk.ts';
import { DeviceLocks } from './device-locks.ts';
import type { Dice } from './dice.ts';
import { loadScripts } from '@earshot/client/later.ts';
import { Life } from './life.ts';
import type { Link } from './link.ts';
import { clockOf, type Skew, type VirtualTime } from './time.ts';
import { quickKem } from './quick-crypto.ts';
import type { Trace } from './trace.ts';

// Programs load these when they need them; how long a file takes to load is no time of a world.
await Promise.all([
  import('@earshot/client/account/account.ts'),
  import('@earshot/client/account/compared.ts'),
  import('@earshot/client/account/linking.ts'),
  import('@earshot/client/account/people.ts'),
  import('@earshot/client/finding/find.ts'),
  import('@earshot/client/keeping/keeper.ts'),
  import('@earshot/client/keeping/set-expiry.ts'),
  import('@earshot/client/keys/hpke.ts'),
  import('@earshot/client/keys/key-work.ts'),
  import('@earshot/client/reach/look.ts'),
  import('@earshot/client/replica/forward.ts'),
  import('@earshot/client/storage/care.ts'),
]);
await loadScripts();

/** One program on a device: a page, or a process on the same profile. */
export interface Tab {
  readonly device: Device;
  readonly life: Life;
  readonly earshot: Earshot;
}

export interface DevicePorts {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly link: Link;
  /** Otherwise keys are quick, as all of the platform's cryptography then is. */
  readonly realCrypto: boolean;
}

/** A phone or a desktop of one person: a disk and a clock, and the programs that run on it. */
export class Device {
  readonly name: string;
  readonly handle: string;
  readonly disk = new DeviceDisk();
  readonly skew: Skew = { offset: 0 };
  readonly ports: DevicePorts;
  readonly #locks = new DeviceLocks();
  readonly #listeners = new Map<Life, (message: unknown) => void>();
  readonly tabs = new Set<Tab>();
  /** Known once it has joined. */
  person = '';
  id = '';

  constructor(name: string, handle: string, ports: DevicePorts) {
    this.name = name;
    this.handle = handle;
    this.ports = ports;
  }

  /** Starts one more program over the same disk, as the web app does. */
  async open(): Promise<Tab> {
    const { time, dice, trace, link, realCrypto } = this.ports;
    const life = new Life();
    trace.say(`${this.name}: opens`);
    const earshot = await createEarshot({
      store: this.disk.open(time, dice, life), transport: link.transport(life), locks: this.#locks.of(life),
      clock: clockOf(time, this.skew, life), random: dice, channel: this.#channel(life),
      primitives: { ...primitives(dice), ...(!realCrypto && { kem: quickKem(dice) }) },
    });
    const tab: Tab = { device: this, life, earshot };
    this.tabs.add(tab);
    life.atEnd(() => this.tabs.delete(tab));
    earshot.on((happening) => {
      if (happening.type === 'fault' || happening.type === 'refused') trace.say(`${this.name}: ${happening.type} ${happening.code}`);
    });
    await earshot.start();
    return tab;
  }

  /** All programs end at once, in the middle of whatever they do. */
  kill(): void {
    for (const tab of this.tabs) this.killTab(tab);
  }

  killTab(tab: Tab): void {
    this.ports.trace.say(`${this.name}: killed`);
    tab.life.end();
  }

  /** Between the programs of one device: quick, and not to be relied on. */
  #channel(life: Life): Channel {
    const { time, dice } = this.ports;
    life.atEnd(() => this.#listeners.delete(life));
    return {
      post: (message) => {
        if (!life.alive) return;
        for (const [other, listener] of this.#listeners) {
          if (other === life || dice.chance(0.1)) continue;
          time.after(dice.between(0, 5), () => other.alive && listener(message));
        }
      },
      listen: (listener) => void this.#listeners.set(life, listener),
      close: () => void this.#listeners.delete(life),
    };
  }
}
