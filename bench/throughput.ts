import { randomBytes } from 'node:crypto';
import type { Id } from '@earshot/base/ids.ts';
import { measureFloor } from './floor.ts';
import { ServerProcess } from './server-process.ts';
import { quantile, type Row } from './table.ts';
import { WireDevice } from './wire.ts';

const MESSAGE_BYTES = 60_000;
const PAIRS = 50;

/** A sender and a receiver; `send` resolves when the receiver has the last byte. */
class Pair {
  readonly #sender: WireDevice;
  readonly #receiver: WireDevice;
  readonly #log: Id;
  readonly #waiting = new Map<Id, () => void>();
  readonly #arrived = new Set<Id>();

  private constructor(sender: WireDevice, receiver: WireDevice, log: Id) {
    this.#sender = sender;
    this.#receiver = receiver;
    this.#log = log;
  }

  static async open(origin: string, secret: string, name: string): Promise<Pair> {
    const sender = new WireDevice(origin);
    const receiver = new WireDevice(origin);
    await sender.join(secret, `${name}.s`);
    // Only people who know each other can talk: the sender invites the receiver.
    await receiver.join(await sender.invite(), `${name}.r`);
    const pair = new Pair(sender, receiver, await sender.direct(receiver.person));
    await receiver.live((envelope) => {
      for (const blob of envelope.blobs) pair.#announced(blob.id);
    });
    return pair;
  }

  #announced(blob: Id): void {
    const wake = this.#waiting.get(blob);
    if (wake) wake();
    else this.#arrived.add(blob);
  }

  async send(bytes: Buffer): Promise<void> {
    const blob = await this.#sender.sendVoice(this.#log, bytes);
    if (!this.#arrived.delete(blob)) await new Promise<void>((resolve) => this.#waiting.set(blob, resolve));
    this.#waiting.delete(blob);
    const answer = await this.#receiver.call('GET', `/v1/blobs/${blob}`);
    if (answer.status !== 200 || answer.bytes.length !== bytes.length) throw new Error(`download: ${answer.status}`);
  }

  close(): void {
    this.#sender.close();
    this.#receiver.close();
  }
}

async function openPairs(server: ServerProcess, count: number): Promise<Pair[]> {
  const secrets = await server.invitations(count);
  const pairs: Pair[] = [];
  for (const [index, secret] of secrets.entries()) pairs.push(await Pair.open(server.origin, secret, `p${index}`));
  return pairs;
}

/** Each pair sends one message after the other until `until`; returns how many came through in all. */
async function sendUntil(pairs: readonly Pair[], bytes: Buffer, until: number): Promise<number> {
  const counts = await Promise.all(
    pairs.map(async (pair) => {
      let count = 0;
      for (; performance.now() < until; count += 1) await pair.send(bytes);
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Complete 60 KB voice messages through one server process: durable upload, event, push, download. */
export async function measureThroughput(seconds: number): Promise<Row[]> {
  const bytes = randomBytes(MESSAGE_BYTES);
  await using server = await ServerProcess.start();
  const pairs = await openPairs(server, PAIRS);
  await sendUntil(pairs, bytes, performance.now() + 1000); // warm code and caches

  const floor = measureFloor(bytes, 2);
  const cpuBefore = server.cpuSeconds();
  const begun = performance.now();
  const count = await sendUntil(pairs, bytes, begun + seconds * 1000);
  const rate = (count * 1000) / (performance.now() - begun);
  const cpuPerThousand = ((server.cpuSeconds() - cpuBefore) * 1000) / count;

  const [single] = pairs;
  const oneByOne: number[] = [];
  for (let index = 0; single && index < 300; index += 1) {
    const start = performance.now();
    await single.send(bytes);
    oneByOne.push(performance.now() - start);
  }
  for (const pair of pairs) pair.close();
  return [
    { what: `60 KB messages, ${PAIRS} pairs`, measured: rate, unit: '/s', aim: 900, better: 'higher', note: `floor of this disk ${floor.toFixed(0)}/s, our share ${((rate / floor) * 100).toFixed(0)} %` },
    { what: 'server processor time per 1,000', measured: cpuPerThousand, unit: 's', aim: 0.8, better: 'lower' },
    { what: '60 KB message, one pair, p50', measured: quantile(oneByOne, 0.5), unit: 'ms', aim: 3, better: 'lower', note: `p99 ${quantile(oneByOne, 0.99).toFixed(1)} ms` },
  ];
}
