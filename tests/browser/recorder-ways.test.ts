import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OwnChromium } from './chromium.ts';
import { serveRecorder } from './recorder-site.ts';
import type { Site } from './recorder-site.ts';
import { compare, hear, humanVoice } from './recorder-voice.ts';
import type { Voice } from './recorder-voice.ts';

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

const LACKS = [
  { what: 'capture', way: 'script-processor', page: `delete globalThis.AudioWorkletNode; Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined });`, worker: '' },
  { what: 'disk', way: 'indexeddb', page: '', worker: 'delete StorageManager.prototype.getDirectory;' },
  { what: 'codec', way: 'plain', page: '', worker: 'WebAssembly.validate = () => false;' },
  { what: 'locks', way: 'channel', page: `Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });`, worker: '' },
] as const;

for (const { what, way, page: onPage, worker } of LACKS) {
  test(`[REC27] without the best way for ${what} it records by ${way}, and says so`, { timeout: 60_000 }, async () => {
    await using chromium = await OwnChromium.start({ voice: voice.path });
    const page = await chromium.context.newPage();
    await page.addInitScript(onPage);
    await page.route('**/recorder.worker.js', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: worker + (await answer.text()) });
    });
    await page.goto(site.url);
    await page.mouse.click(5, 5);
    const seen = await page.evaluate(async (seconds) => {
      const { bench } = window;
      await bench.open();
      const take = bench.id();
      await bench.recorder.start({ take, conversation: 'talk' });
      await bench.until(() => bench.told.some((one) => one.type === 'frames' && one.seconds > seconds), 30_000);
      await bench.recorder.stop();
      const { packets } = await bench.recorder.readTake(take);
      return { ways: bench.recorder.ways, packets: packets.map((packet) => [...packet]) };
    }, voice.mono.length / 48_000);
    for (const one of seen.ways) {
      assert.equal(one.note === null, one.what !== what, JSON.stringify(one));
      if (one.what === what) assert.equal(one.way, way);
    }
    const { median, worst } = compare(voice.mono.subarray(48_000, -24_000), await hear(seen.packets.map((packet) => Uint8Array.from(packet)), 312));
    assert.ok(median > 0.9 && worst > 0.25, JSON.stringify({ median, worst }));
  });
}

test('[REC17] [REC27] without Web Locks a second window is kept from a take all the same', { timeout: 60_000 }, async () => {
  await using chromium = await OwnChromium.start();
  const open = async () => {
    const page = await chromium.context.newPage();
    await page.addInitScript(LACKS[3].page);
    await page.goto(site.url);
    await page.mouse.click(5, 5);
    return page;
  };
  const [one, other] = [await open(), await open()];
  await one.evaluate(async () => {
    await window.bench.open();
    await window.bench.recorder.start({ take: 'shared', conversation: 'talk' });
  });
  const seen = await other.evaluate(async () => {
    const { bench } = window;
    await bench.open();
    const start = await bench.outcome(() => bench.recorder.start({ take: 'shared', conversation: 'talk', resume: true }));
    return { start, open: (await bench.recorder.drafts()).map((draft) => draft.open) };
  });
  assert.deepEqual(seen.start, 'recorder.elsewhere');
  assert.ok(seen.open.every(Boolean));
});
