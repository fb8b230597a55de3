import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { concat, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { canonical } from '@earshot/client/keys/canonical.ts';
import { beginContent, contentOpener } from '@earshot/client/keys/content.ts';
import { headOf } from '@earshot/client/keys/chain.ts';
import { openEvent, sealEvent } from '@earshot/client/keys/event-body.ts';
import { persona } from '@earshot/client/keys/testing/persona.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { build } from 'esbuild';
import { OwnChromium } from '../tests/browser/chromium.ts';
import { addedBySealing } from './added.ts';
import { ServerProcess } from './server-process.ts';
import { quantile, type Row } from './table.ts';

/** 24 kbit/s with the lengths of the packets, as parts lie in a blob. */
const BYTES_PER_SECOND = 3_100;
const MEMBERS = 100;
const BODIES = 2_000;
const ROUNDS = 15;

/** What sealing costs: bytes, time in a page, keys for many, bodies one after the other. */
export async function measureSealing(): Promise<Row[]> {
  return [await bytesAdded(), ...(await minuteInPage()), await onTheWay(), await addedBySealing(), ...(await oneOfMany()), await bodiesOpened()];
}

const ada = await persona(1);
const log = makeId(systemRandom);
const signingSeed = ada.device.seeds.signing;

function message(seconds: number, length: number): { readonly envelope: Envelope; readonly body: Body } {
  const blobs = [{ id: makeId(systemRandom), length, sha256: 'a'.repeat(64) }];
  const parts = [{ packets: seconds * 50, bytes: seconds * BYTES_PER_SECOND, key: toBase64Url(systemRandom.bytes(32)) }];
  return {
    envelope: { version: 1, id: makeId(systemRandom), log, device: ada.device.id, generation: 1, class: 'message', blobs, refers: [], expiry: 'never' },
    body: { kind: 'message', parts, samples: seconds * 48_000, preSkip: 312, sha256: 'b'.repeat(64), waveform: toBase64Url(systemRandom.bytes(256)), source: { from: 'microphone' } },
  };
}

const frame = { counter: 7, saw: { seq: 41, hash: 'c'.repeat(64) }, chains: { own: headOf(ada.chain), others: [] } };

/** Beside the same sound and the same text unsealed, both as they travel. */
async function bytesAdded(): Promise<Row> {
  const plain = concat(Array.from({ length: 30 }, () => systemRandom.bytes(BYTES_PER_SECOND)));
  const blob = await beginContent(systemRandom);
  const sound = concat([await blob.push(plain), await blob.finish()]);
  const { envelope, body } = message(30, sound.length);
  const sealed = await sealEvent(ada.primitives, { key: systemRandom.bytes(32), envelope, body, frame, signingSeed });
  const before = plain.length + toBase64Url(utf8(canonical(body))).length;
  const added = sound.length + toBase64Url(sealed).length - before;
  return { what: 'bytes that sealing adds to a message of 30 s', measured: (added * 100) / before, unit: '%', aim: 4, better: 'lower', note: `${added} bytes, whatever the number of members` };
}

const PAGE = `
import { beginContent, contentOpener } from '@earshot/client/keys/content.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { concat } from '@earshot/base/encoding.ts';
const plain = concat(Array.from({ length: 60 }, () => systemRandom.bytes(${BYTES_PER_SECOND})));
/** As it comes: twenty pieces a second. */
globalThis.sealAndOpen = async () => {
  const begun = performance.now();
  const blob = await beginContent(systemRandom);
  const pieces = [];
  for (let at = 0; at < plain.length; at += ${BYTES_PER_SECOND / 20}) pieces.push(await blob.push(plain.subarray(at, at + ${BYTES_PER_SECOND / 20})));
  const sealed = concat([...pieces, await blob.finish()]);
  const between = performance.now();
  const opened = await (await contentOpener(blob.key)).open(sealed, 0, sealed.length);
  if (opened.length !== plain.length) throw new Error('not the same');
  return { sealing: between - begun, opening: performance.now() - between };
};
`;

async function minuteInPage(): Promise<Row[]> {
  const bundled = await build({ stdin: { contents: PAGE, resolveDir: import.meta.dirname, loader: 'ts' }, bundle: true, format: 'iife', write: false, target: 'es2024' });
  const server = createServer((request, response) => {
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
    response.end(request.url === '/page.js' ? bundled.outputFiles[0]?.text : '<!doctype html><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  try {
    await using chromium = await OwnChromium.start({ voice: null });
    const page = await chromium.open(`http://localhost:${(server.address() as AddressInfo).port}/`);
    const times: { readonly sealing: number; readonly opening: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await page.evaluate('globalThis.sealAndOpen()'));
    const half = (of: (one: (typeof times)[number]) => number): number => quantile(times.map(of), 0.5);
    const note = `sealing ${half(({ sealing }) => sealing).toFixed(1)} ms in 1,200 pieces, opening ${half(({ opening }) => opening).toFixed(1)} ms`;
    return [{ what: 'sealing and opening one minute of sound in a page, p50', measured: half(({ sealing, opening }) => sealing + opening), unit: 'ms', aim: 20, better: 'lower', note }];
  } finally {
    server.close();
  }
}

/** All that is calculated between the last packet and the ear because of sealing: the rest of the sound, the event, and both opened again. */
async function onTheWay(): Promise<Row> {
  const key = systemRandom.bytes(32);
  const signingKey = ada.chain.devices[0]?.keys.signing ?? '';
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const blob = await beginContent(systemRandom);
    const sealed = await blob.push(systemRandom.bytes(10 * BYTES_PER_SECOND));
    const begun = performance.now();
    const sound = concat([sealed, await blob.push(systemRandom.bytes(60)), await blob.finish()]);
    const { envelope, body } = message(10, sound.length);
    const bytes = await sealEvent(ada.primitives, { key, envelope, body, frame, signingSeed });
    const opened = await openEvent(ada.primitives, key, envelope, bytes);
    if (!(await opened.saidBy(ada.primitives.signatures, signingKey))) throw new Error('a signature does not fit');
    await (await contentOpener(blob.key)).open(sound, 0, sound.length);
    times.push(performance.now() - begun);
  }
  return { what: 'what sealing calculates between the last packet and the ear, p50', measured: quantile(times, 0.5), unit: 'ms', aim: 3, better: 'lower', note: `10 s of sound; p99 ${quantile(times, 0.99).toFixed(1)} ms; all calculations of both sides` };
}

/** Milliseconds. */
interface Spent {
  readonly took: number;
  readonly processor: number;
}

/** From the owner's wish to the server's word, over the SDK and a real server. */
async function oneOfMany(): Promise<Row[]> {
  await using server = await ServerProcess.start();
  const people: Earshot[] = [];
  const arrive = async (invitation: string, handle: string): Promise<Earshot> => {
    const earshot = await createEarshot({ store: memoryStore(), locks: memoryLocks(), transport: httpTransport({ server: server.origin }), clock: systemClock, random: systemRandom });
    people.push(earshot);
    await earshot.account.join({ invitation, handle, name: handle, deviceName: 'bench' });
    return earshot;
  };
  try {
    const owner = await arrive((await server.invitations(1))[0] ?? '', 'owner');
    await owner.start();
    const others: Id[] = [];
    for (let count = 1; count < MEMBERS; count += 1) {
      const other = await arrive((await owner.people.invite()).secret, `member${count}`);
      others.push((await other.account.current())?.person ?? '');
    }
    await owner.synced();
    const [last = ''] = others;
    const group = await owner.conversations.createGroup({ title: 'Choir', members: others });
    await owner.settled();
    const timed = async (work: () => Promise<void>): Promise<Spent> => {
      const [begun, processor] = [performance.now(), process.cpuUsage()];
      await work();
      await owner.settled();
      const { user, system } = process.cpuUsage(processor);
      return { took: performance.now() - begun, processor: (user + system) / 1000 };
    };
    const removing: Spent[] = [];
    const adding: Spent[] = [];
    for (let round = 0; round < 5; round += 1) {
      removing.push(await timed(() => owner.conversations.remove(group, last)));
      adding.push(await timed(() => owner.conversations.add(group, [last])));
    }
    const row = (what: string, spent: readonly Spent[]): Row => ({
      what: `${what} one of ${MEMBERS} members, p50`, measured: quantile(spent.map(({ took }) => took), 0.5), unit: 'ms', aim: 500, better: 'lower',
      note: `until the server has it; ${quantile(spent.map(({ processor }) => processor), 0.5).toFixed(0)} ms of processor`,
    });
    return [row('removing', removing), row('adding', adding)];
  } finally {
    for (const earshot of people) await earshot[Symbol.asyncDispose]();
  }
}

async function bodiesOpened(): Promise<Row> {
  const key = systemRandom.bytes(32);
  const sealed = [];
  for (let count = 0; count < BODIES; count += 1) {
    const { envelope, body } = message(30, 94_000);
    sealed.push({ envelope, bytes: await sealEvent(ada.primitives, { key, envelope, body, frame, signingSeed }) });
  }
  const signingKey = ada.chain.devices[0]?.keys.signing ?? '';
  const begun = performance.now();
  for (const { envelope, bytes } of sealed) {
    const opened = await openEvent(ada.primitives, key, envelope, bytes);
    if (!(await opened.saidBy(ada.primitives.signatures, signingKey))) throw new Error('a signature does not fit');
  }
  return { what: '10,000 bodies opened and their signatures checked', measured: ((performance.now() - begun) * 10_000) / BODIES / 1000, unit: 's', aim: 2, better: 'lower' };
}
