import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { OwnChromium } from './chromium.ts';
import { recorderBench } from './recorder-bench.ts';

const { site, chromium } = await recorderBench();

/** What a start answers after `prepare` has changed the page. */
async function startIn(browser: OwnChromium, prepare: (page: Page) => Promise<unknown> = async () => undefined, url = site.url): Promise<string> {
  const page = await browser.open(url);
  await prepare(page);
  const code = await page.evaluate(() => window.bench.outcome(async () => {
    await window.bench.open();
    await window.bench.recorder.start({ take: window.bench.id(), conversation: 'talk' });
  }));
  await page.close();
  return code;
}

const refuseWith = (name: string) => async (page: Page): Promise<void> =>
  page.evaluate((error) => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('', error);
    };
  }, name);

test('[REC15] no microphone, denied, dismissed, busy, insecure: each is said in its own words before anyone speaks', { timeout: 300_000 }, async () => {
  await using bare = await OwnChromium.start({ voice: null });
  assert.equal(await startIn(bare), 'mic.none');
  await using asking = await OwnChromium.start({ permission: 'ask' });
  const denied = await startIn(asking, async (page) => {
    const session = await asking.context.newCDPSession(page);
    await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'denied' });
  });
  assert.equal(denied, 'mic.denied');
  await using fresh = await OwnChromium.start({ permission: 'ask' });
  assert.equal(await startIn(fresh, refuseWith('NotAllowedError')), 'mic.dismissed');
  assert.equal(await startIn(chromium, refuseWith('NotReadableError')), 'mic.busy');
  assert.equal(await startIn(chromium, refuseWith('NotSupportedError')), 'mic.unsupported');
  assert.equal(await startIn(chromium, async () => undefined, site.insecureUrl), 'mic.insecure');
});

test('[REC7] a microphone that gives no frames is mic.no-frames, and leaves no empty draft', { timeout: 300_000 }, async () => {
  const page = await chromium.open(site.lacking(['track']));
  const seen = await page.evaluate(async () => {
    const { bench } = window;
    await bench.open({ folder: 'no-frames' });
    MediaStreamAudioSourceNode.prototype.connect = ((target: AudioNode) => target) as typeof AudioNode.prototype.connect;
    const code = await bench.outcome(() => bench.recorder.start({ take: bench.id(), conversation: 'talk' }));
    return { code, state: bench.recorder.state, drafts: await bench.recorder.drafts() };
  });
  assert.deepEqual(seen, { code: 'mic.no-frames', state: { at: 'idle', why: 'mic.no-frames' }, drafts: [] });
  await page.close();
});

test('[REC16] a microphone that delivers digital silence is mic.silent while one speaks', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-silence-'));
  const path = join(folder, 'zeros.wav');
  await promisify(execFile)('sox', ['-D', '-n', '-r', '48000', '-b', '16', '-c', '1', path, 'trim', '0', '8']);
  await using silent = await OwnChromium.start({ voice: path });
  const page = await silent.open(site.url);
  const at = await page.evaluate(async () => {
    const { bench } = window;
    await bench.open();
    await bench.recorder.start({ take: bench.id(), conversation: 'talk' });
    await bench.until(() => bench.told.some((one) => one.type === 'fault' && one.code === 'mic.silent'));
    return bench.recorder.state.at;
  });
  assert.equal(at, 'recording');
  await rm(folder, { recursive: true });
});

/** Records a second, lets `harm` happen, waits for the take to pause with `code`, goes on for a second, stops. */
async function surviving(harm: (page: Page) => Promise<unknown>, heal: (page: Page) => Promise<unknown> = async () => undefined): Promise<{ why: string; kept: number; packets: number; codes: string[] }> {
  const page = await chromium.open(site.url);
  await page.evaluate(async () => {
    const { bench } = window;
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted);
      Object.assign(window, { track: stream.getAudioTracks()[0] });
      return stream;
    };
    await bench.open();
    await bench.recorder.start({ take: 'survivor', conversation: 'talk' });
    await bench.until(() => bench.total() >= 50);
  });
  await harm(page);
  const paused = await page.evaluate(async () => {
    const { bench } = window;
    await bench.until(() => bench.recorder.state.at === 'paused');
    const { state } = bench.recorder;
    const draft = (await bench.recorder.drafts()).find((one) => one.take === 'survivor');
    return { why: state.at === 'paused' ? String(state.why) : state.at, kept: draft?.packets ?? 0 };
  });
  await heal(page);
  const packets = await page.evaluate(async (kept) => {
    const { bench } = window;
    await bench.recorder.resume();
    await bench.until(() => bench.total() >= kept + 50);
    const finished = await bench.recorder.stop();
    const record = await bench.recorder.readTake('survivor');
    await bench.recorder.forget('survivor');
    return record.packets.length === finished.packets ? finished.packets : -1;
  }, paused.kept);
  const codes = await page.evaluate(() => window.bench.told.filter((one) => one.type === 'fault').map((one) => one.code));
  await page.close();
  return { ...paused, packets, codes: [...new Set(codes)] };
}

test('[REC5] a disk that refuses is recorder.storage; nothing is lost, not even what waited in memory', { timeout: 300_000 }, async () => {
  const onDisk = (page: Page, broken: boolean): Promise<unknown> | undefined =>
    page.workers()[0]?.evaluate((bad) => {
      const world = globalThis as unknown as { FileSystemSyncAccessHandle: { prototype: { write: unknown } }; whole?: unknown };
      const { prototype } = world.FileSystemSyncAccessHandle;
      world.whole ??= prototype.write;
      prototype.write = bad ? () => { throw new DOMException('no room', 'QuotaExceededError'); } : world.whole;
    }, broken);
  const seen = await surviving(async (page) => onDisk(page, true), async (page) => onDisk(page, false));
  assert.equal(seen.why, 'recorder.storage');
  // The browser's beeps have pieces of nothing between them, which is said as well.
  assert.deepEqual(seen.codes.filter((code) => code.startsWith('recorder.')), ['recorder.storage']);
  assert.ok(seen.kept >= 40 && seen.packets >= seen.kept + 45, JSON.stringify(seen));
});

test('[REC17] a second window does not write to a take that is being recorded', { timeout: 300_000 }, async () => {
  const [one, other] = [await chromium.open(site.url), await chromium.open(site.url)];
  await one.evaluate(async () => {
    await window.bench.open();
    await window.bench.recorder.start({ take: 'shared', conversation: 'talk' });
    await window.bench.until(() => window.bench.total() >= 15);
  });
  const seen = await other.evaluate(async () => {
    const { bench } = window;
    await bench.open();
    const draft = (await bench.recorder.drafts()).find((take) => take.take === 'shared');
    const start = await bench.outcome(() => bench.recorder.start({ take: 'shared', conversation: 'talk', resume: true }));
    return { open: draft?.open, start, discard: await bench.outcome(() => bench.recorder.discard('shared')) };
  });
  assert.deepEqual(seen, { open: true, start: 'recorder.elsewhere', discard: 'recorder.elsewhere' });
  const packets = await one.evaluate(async () => (await window.bench.recorder.stop()).packets);
  assert.ok(packets >= 15);
  await one.close();
  await other.close();
});

test('[REC18] a take that is discarded while it is recorded stays, whole, and comes back', { timeout: 300_000 }, async () => {
  const page = await chromium.open(site.url);
  const seen = await page.evaluate(async () => {
    const { bench } = window;
    await bench.open();
    await bench.recorder.start({ take: 'undone', conversation: 'talk' });
    await bench.until(() => bench.total() >= 25);
    const state = async (): Promise<string | undefined> => (await bench.recorder.drafts()).find((take) => take.take === 'undone')?.state;
    await bench.recorder.discard('undone');
    const discarded = await state();
    await bench.recorder.undiscard('undone');
    const back = await state();
    const { packets } = await bench.recorder.readTake('undone');
    await bench.recorder.markSent('undone');
    const sent = await state();
    await bench.recorder.forget('undone');
    return { discarded, back, sent, forgotten: (await state()) === undefined, whole: packets.length >= 25 };
  });
  assert.deepEqual(seen, { discarded: 'discarded', back: 'open', sent: 'sent', forgotten: true, whole: true });
  await page.close();
});
