import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeId, type Id } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { ServerProcess } from './server-process.ts';
import { FaultyLink } from '@earshot/faults/link.node.ts';
import { openDevice } from './device.ts';
import { passThrough } from './pass-through.ts';
import { quantile, type Row } from './table.ts';

const PACKETS_PER_SECOND = 50;
const PACKET_BYTES = 60; // 24 kbit/s
const PRE_SKIP = 312;

/** What the listener's process says. */
type Said = { readonly person: Id } | ({ readonly message: Id } & Arrival);

/** Milliseconds: when the last byte was there, and when the message was checked and on the listener's disk. */
interface Arrival {
  readonly lastByte: number;
  readonly kept: number;
}

/** Milliseconds of the machine's monotonic clock, the same in all processes. */
const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Two people on SDKs and processes of their own, as two phones would be. */
export class TwoPeople implements AsyncDisposable {
  readonly #folder: string;
  readonly #speaker: Earshot;
  readonly #listener: ChildProcess;
  readonly #conversation: Id;

  private constructor(folder: string, speaker: Earshot, listener: ChildProcess, conversation: Id) {
    this.#folder = folder;
    this.#speaker = speaker;
    this.#listener = listener;
    this.#conversation = conversation;
  }

  static async meet(server: ServerProcess, speakersWay: string): Promise<TwoPeople> {
    const folder = mkdtempSync(join(tmpdir(), 'earshot-latency-'));
    const [secret] = await server.invitations(1);
    const speaker = await openDevice(join(folder, 'speaker'), speakersWay);
    const name = makeId(systemRandom).slice(0, 8);
    await speaker.account.join({ invitation: secret ?? '', handle: `s${name}`, name: 'Speaker', deviceName: 'bench' });
    const invited = await speaker.people.invite();
    const listener = fork(new URL('./listener.ts', import.meta.url).pathname, [join(folder, 'listener'), server.origin, invited.secret, `l${name}`]);
    const person = await new Promise<Id>((resolve) => listener.on('message', (said: Said) => 'person' in said && resolve(said.person)));
    await speaker.start();
    await speaker.synced();
    const conversation = await speaker.conversations.direct(person);
    await speaker.settled();
    return new TwoPeople(folder, speaker, listener, conversation);
  }

  /** Whether what is said from now on travels unsealed; see there. */
  passThrough(on: boolean): void {
    passThrough(on);
    this.#listener.send({ passThrough: on });
  }

  /** Speaks `seconds`; both times count from the last packet. */
  async speak(seconds: number, realTime: boolean): Promise<Arrival> {
    const take = makeId(systemRandom);
    const arrived = new Promise<Arrival>((resolve) => {
      this.#listener.on('message', function listen(this: ChildProcess, said: Said) {
        if (!('message' in said) || said.message !== take) return;
        this.off('message', listen);
        resolve(said);
      });
    });
    const outgoing = await this.#speaker.outgoing.begin({ take, conversation: this.#conversation });
    const total = seconds * PACKETS_PER_SECOND;
    const begun = performance.now();
    for (let sent = 0; sent < total - 1; sent += 1) {
      await outgoing.append([packet()]);
      if (realTime) await wait(Math.max(0, begun + (sent + 1) * 20 - performance.now()));
    }
    if (!realTime) await uploaded(this.#speaker, take);
    const last = monotonic();
    await outgoing.append([packet()]);
    await outgoing.send({ samples: total * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform: new Uint8Array(100).fill(90), source: { from: 'microphone' } });
    const { lastByte, kept } = await arrived;
    return { lastByte: lastByte - last, kept: kept - last };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#listener.once('exit', resolve));
    this.#listener.disconnect();
    await this.#speaker[Symbol.asyncDispose]();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A 20 ms CELT packet of noise: as large as speech at 24 kbit/s, never the same twice. */
function packet(): Uint8Array {
  const bytes = systemRandom.bytes(PACKET_BYTES);
  bytes[0] = 0xf8; // fullband, 20 ms, mono, one frame
  return bytes;
}

/** What was spoken so far has reached the server, but for the record that is still filling: as it is when somebody speaks in real time. */
async function uploaded(speaker: Earshot, take: Id): Promise<void> {
  await new Promise<void>((resolve) => {
    const quiet = { timer: setTimeout(() => undefined, 0) };
    const settle = (): void => {
      clearTimeout(quiet.timer);
      quiet.timer = setTimeout(() => {
        stop();
        resolve();
      }, 150);
    };
    const stop = speaker.on((happening) => {
      if (happening.type === 'progress' && happening.take === take) settle();
    });
    settle();
  });
}

async function repeat(people: TwoPeople, seconds: number, times: number): Promise<Arrival[]> {
  const samples: Arrival[] = [];
  await people.speak(seconds, false); // warm code and caches
  for (let index = 0; index < times; index += 1) samples.push(await people.speak(seconds, false));
  return samples;
}

/** From the last captured packet to the last byte at the recipient, and to the whole message checked and on her disk. */
export async function measureLatency(): Promise<Row[]> {
  await using server = await ServerProcess.start();
  await using near = await TwoPeople.meet(server, server.origin);
  const short = await repeat(near, 5, 60);
  const long = await repeat(near, 180, 30);
  await using link = await FaultyLink.open(server.origin, { upBits: 64_000 });
  await using far = await TwoPeople.meet(server, link.origin);
  const slow = await far.speak(Number(process.env["EARSHOT_BENCH_SLOW_SECONDS"] ?? 180), true);
  const row = (what: string, measured: number, aim: number | null): Row => ({ what, measured, unit: 'ms', aim, better: 'lower' });
  const rows = (length: string, arrivals: readonly Arrival[]): Row[] => [
    row(`last packet to last byte, ${length}, p50`, quantile(arrivals.map(({ lastByte }) => lastByte), 0.5), 15),
    row(`last packet to last byte, ${length}, p99`, quantile(arrivals.map(({ lastByte }) => lastByte), 0.99), 60),
    row(`last packet to checked and on disk, ${length}, p50`, quantile(arrivals.map(({ kept }) => kept), 0.5), null),
    row(`last packet to checked and on disk, ${length}, p99`, quantile(arrivals.map(({ kept }) => kept), 0.99), null),
  ];
  return [...rows('5 s', short), ...rows('3 min', long), row('last byte, 3 min on a 64 kbit/s uplink', slow.lastByte, 700)];
}
