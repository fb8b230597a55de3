import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OwnChromium } from './chromium.ts';
import { LACKS, serveRecorder } from './recorder-site.ts';
import type { Lack, Site } from './recorder-site.ts';
import { compare, hear, humanVoice } from './recorder-voice.ts';
import type { Voice } from './recorder-voice.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

let folder: string;
let site: Site;
let voice: Voice;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-ways-'));
  site = await serveRecorder();
  voice = await humanVoice(folder, 'short', ['cards/005.wav'], 1);
});

after(async () => {
  await site[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const SLOWER: Readonly<Record<Lack, string>> = { track: 'worklet', capture: 'script-processor', disk: 'indexeddb', codec: 'plain', locks: 'channel' };
/** What is recorded by another way then. */
const PART: Readonly<Record<Lack, string>> = { track: 'capture', capture: 'capture', disk: 'disk', codec: 'codec', locks: 'locks' };

for (const what of LACKS) {
  test(`[REC27] without the best way for ${what} it records by ${SLOWER[what]}, and says so`, { timeout: TRIES_LIMIT }, () => inTries(async () => {
    await using chromium = await OwnChromium.start({ voice: voice.path });
    const page = await chromium.open(site.lacking([what]));
    const seen = await page.evaluate(async (seconds) => {
      const { bench } = window;
      const take = await bench.begin();
      await bench.until(() => bench.told.some((one) => one.type === 'frames' && one.seconds > seconds));
      await bench.recorder.stop();
      return { ways: bench.recorder.ways, packets: (await bench.kept(take)).packets };
    }, voice.mono.length / 48_000);
    for (const one of seen.ways) {
      assert.equal(one.note === null, one.what !== PART[what], JSON.stringify(one));
      if (one.what === PART[what]) assert.equal(one.way, SLOWER[what]);
    }
    const { median, worst } = compare(voice.mono.subarray(48_000, -24_000), await hear(seen.packets.map((packet) => Uint8Array.from(packet)), 312));
    assert.ok(median > 0.9 && worst > 0.25, JSON.stringify({ median, worst }));
  }));
}

test('[REC17] [REC27] without Web Locks a second window is kept from a take all the same', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  // The first window has 200 ms to answer.
  await using chromium = await OwnChromium.start();
  const [one, other] = [await chromium.open(site.lacking(['locks'])), await chromium.open(site.lacking(['locks']))];
  const take = await one.evaluate(() => window.bench.begin());
  const seen = await other.evaluate(async (id) => {
    const { bench } = window;
    await bench.open();
    const start = await bench.outcome(() => bench.recorder.start({ take: id, conversation: 'talk', resume: true }));
    return { start, open: (await bench.recorder.drafts()).map((draft) => draft.open) };
  }, take);
  assert.deepEqual(seen.start, 'recorder.elsewhere');
  assert.ok(seen.open.every(Boolean));
}));
