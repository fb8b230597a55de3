import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Happening, Message } from '@earshot/client/earshot.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Locks } from '@earshot/client/locks.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import type { Store } from '@earshot/client/store.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import { openOperator } from '@earshot/server/operator.ts';
import type { ServerOptions } from '@earshot/server/options.ts';
import { startServer } from '@earshot/server/server.ts';

/** A real server on a folder of its own, and people with devices on it. */
export interface Town extends AsyncDisposable {
  readonly origin: string;
  readonly dir: string;
  /** A device that nobody signed in on. */
  device(parts?: { store?: Store; locks?: Locks; transport?: (real: Transport) => Transport }): Promise<Earshot>;
  /** A new person on a new device, synchronising. */
  person(name: string, parts?: { store?: Store; transport?: (real: Transport) => Transport }): Promise<Earshot>;
  invitation(): Promise<string>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
}

export async function town(options: Partial<ServerOptions> = {}): Promise<Town> {
  const dir = await mkdtemp(join(tmpdir(), 'earshot-town-'));
  const dataDir = join(dir, 'data');
  const open = (port: number): ReturnType<typeof startServer> => startServer({ dataDir, host: '127.0.0.1', port, log: silentLog, ...options });
  let server = await open(0);
  const { port } = server;
  const origin = `http://127.0.0.1:${port}`;
  const everybody: Earshot[] = [];
  let inviter: Earshot | null = null;

  // Whoever shares a store shares its locks, as pages and processes do.
  const shared = new WeakMap<Store, Locks>();
  const locksOf = (store: Store): Locks => {
    const held = shared.get(store) ?? memoryLocks();
    shared.set(store, held);
    return held;
  };

  const device: Town['device'] = async ({ store = memoryStore(), locks = locksOf(store), transport = (real: Transport): Transport => real } = {}) => {
    const earshot = await createEarshot({
      store, locks, clock: systemClock, random: systemRandom,
      transport: transport(httpTransport({ server: origin })),
    });
    everybody.push(earshot);
    return earshot;
  };
  const invitation: Town['invitation'] = async () => {
    if (inviter !== null) return (await inviter.people.invite()).secret;
    await using operator = openOperator(dataDir);
    const secret = makeId(systemRandom);
    await operator.invite({ secretSha256: await sha256(utf8(await invitationToken(secret))) });
    return secret;
  };
  return {
    origin, dir, device, invitation,
    person: async (name, parts) => {
      const earshot = await device(parts);
      await earshot.account.join({ invitation: await invitation(), handle: name, name, password: `password of ${name}`, deviceName: 'test' });
      inviter ??= earshot;
      await earshot.start();
      await earshot.synced();
      return earshot;
    },
    stopServer: () => server.close(),
    startServer: async () => {
      server = await open(port);
    },
    [Symbol.asyncDispose]: async () => {
      for (const earshot of everybody) await earshot[Symbol.asyncDispose]();
      await server.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** A town for all tests of one file; it ends after the last of them. */
export async function townOfFile(options: Partial<ServerOptions> = {}): Promise<Town> {
  const place = await town(options);
  after(() => place[Symbol.asyncDispose]());
  return place;
}

/** A way to the server that nothing gets through while it is not up. */
export function wayToServer(): { up: boolean; readonly transport: (real: Transport) => Transport } {
  const way = {
    up: true,
    transport: (real: Transport): Transport => ({ ...real, request: (request) => (way.up ? real.request(request) : Promise.reject(new Failure('network.unreachable'))) }),
  };
  return way;
}

/** One more device of somebody who has another one. She types in her recovery code there. */
export async function signInToo(device: Earshot, owner: Earshot, deviceName: string): Promise<void> {
  const { handle } = (await owner.account.current()) ?? { handle: '' };
  await signInAgain(device, handle, (await owner.account.recoveryCode()) ?? '', deviceName);
}

export async function signInAgain(device: Earshot, handle: string, recoveryCode: string, deviceName: string): Promise<void> {
  await device.account.signIn({ handle, password: `password of ${handle}`, deviceName });
  await device.account.unlock({ recoveryCode });
}

/** The first happening that `wanted` accepts, from now on. */
export function happening<T extends Happening>(earshot: Earshot, wanted: (happening: Happening) => happening is T): Promise<T> {
  return new Promise((resolve) => {
    const end = earshot.on((one) => {
      if (!wanted(one)) return;
      end();
      resolve(one);
    });
  });
}

export const isMessage = (one: Happening): one is Happening & { type: 'message' } => one.type === 'message';

/** Long enough for the busiest machine; without an end a whole run would wait with the test. Milliseconds. */
const PATIENCE = 90_000;

/** Resolves once `condition` holds; looked at after every change. */
export async function until(earshot: Earshot, condition: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE);
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const end = earshot.on(() => {
        end();
        resolve();
      });
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    if (await condition()) return;
    if (deadline.aborted) throw new Error(`after ${PATIENCE / 1_000} s it is not so: ${String(condition)}`);
    await changed;
  }
}

/** The message, once `is` holds of it on this device. */
export async function reaches(earshot: Earshot, id: string, is: (message: Message) => boolean): Promise<Message> {
  let reached: Message | null = null;
  await until(earshot, async () => {
    const message = await earshot.messages.get(id);
    reached = message !== null && is(message) ? message : null;
    return reached !== null;
  });
  if (reached === null) throw new Error(`${id} is not here`);
  return reached;
}

export const whole = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ here, removed }) => here && removed === null);

export async function personId(earshot: Earshot): Promise<string> {
  const current = await earshot.account.current();
  if (current === null) throw new Error('nobody is signed in');
  return current.person;
}

/** Valid Opus packets (20 ms, SILK-free CELT mono) of about 60 bytes, different from one another. */
export function packets(count: number, seed = 1): Uint8Array[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    const packet = new Uint8Array(60);
    for (let at = 0; at < packet.length; at += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      packet[at] = state >>> 16;
    }
    // CELT, fullband, 20 ms, mono, one frame.
    packet[0] = 31 << 3;
    return packet;
  });
}

export const PRE_SKIP = 312;

export function details(count: number): { samples: number; preSkip: number; waveform: Uint8Array; source: { from: 'microphone' } } {
  return { samples: count * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform: Uint8Array.of(1, 2, 3), source: { from: 'microphone' } };
}

/** How something is said. */
interface Spoken {
  /** Another sound for each. */
  readonly seed?: number;
  /** Packets of 20 ms. */
  readonly count?: number;
  /** Without it the message expires by what is in force in its conversation. */
  readonly expiry?: number | null;
}

/** Says something and sends it; it may still wait. */
export async function speak(from: Earshot, conversation: string, { seed = 1, count = 50, ...choice }: Spoken = {}): Promise<string> {
  const take = await from.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(count, seed));
  return await take.send({ ...details(count), ...choice });
}

/** The same, until it is at the server and in the log as this device has it. */
export async function sayAndSync(from: Earshot, conversation: string, spoken: Spoken = {}): Promise<string> {
  const id = await speak(from, conversation, spoken);
  await from.settled();
  await from.synced();
  return id;
}
