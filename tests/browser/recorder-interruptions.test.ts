import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { recorderBench } from './recorder-bench.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

const { site, chromium } = await recorderBench();

const hide = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });

const stopContext = (forGood: boolean) => (page: Page): Promise<void> =>
  page.evaluate(async (gone) => {
    const { context } = window as unknown as { context: AudioContext };
    if (gone) Object.defineProperty(AudioContext.prototype, 'resume', { value: () => Promise.withResolvers<void>().promise });
    await context.suspend();
  }, forGood);

interface Interrupted {
  readonly at: string;
  readonly why: string | null;
  readonly told: readonly string[];
  /** Milliseconds that are missing, as was told. */
  readonly gap: number;
  readonly kept: number;
  readonly packets: number;
}

/** Records for a second, interrupts, waits for what comes of it; what it then is, and how much of the take there is after going on for a second. */
async function interrupted(interrupt: (page: Page) => Promise<unknown>, comes: 'paused' | 'healed', goOn: boolean): Promise<Interrupted> {
  // By an audio graph: a track by itself has no context that could be stopped.
  const page = await chromium.open(site.lacking(['track']));
  const take = await page.evaluate(async () => {
    const Whole = AudioContext;
    globalThis.AudioContext = class extends Whole {
      constructor(options?: AudioContextOptions) {
        super(options);
        Object.assign(window, { context: this });
      }
    };
    const { bench } = window;
    await bench.open();
    const id = bench.id();
    await bench.recorder.start({ take: id, conversation: 'talk' });
    await bench.until(() => bench.total() >= 50);
    return id;
  });
  await interrupt(page);
  const seen = await page.evaluate(async ([id, wanted, further]) => {
    const { bench } = window;
    // Whatever else would be told comes within two seconds.
    await bench.wait(2_000);
    await bench.until(() => (wanted === 'paused' ? bench.recorder.state.at === 'paused' : bench.told.some(({ type }) => type === 'healed')));
    const { state } = bench.recorder;
    const why = 'why' in state ? state.why : null;
    const kept = (await bench.recorder.drafts()).find((draft) => draft.take === id)?.packets ?? 0;
    const told = bench.told.flatMap((one) => ((one.type === 'fault' || one.type === 'healed') && one.code.startsWith('recorder.') ? [`${one.type} ${one.code}`] : []));
    const gap = bench.told.reduce((sum, one) => (one.type === 'healed' ? sum + one.gap : sum), 0);
    if (further) {
      await bench.recorder.resume();
      await bench.until(() => bench.total() >= kept + 50);
    }
    const { packets } = await bench.recorder.stop();
    return { at: state.at, why, told, gap, kept, packets };
  }, [take, comes, goOn] as const);
  await page.close();
  return seen;
}

for (const [what, interrupt] of [
  ['is out of sight', hide],
  ['is frozen', (page: Page) => page.evaluate(() => void document.dispatchEvent(new Event('freeze')))],
] as const) {
  test(`[REC22] a page that ${what} pauses the take, with the reason; one goes on from there`, { timeout: 300_000 }, async () => {
    const seen = await interrupted(interrupt, 'paused', true);
    assert.deepEqual([seen.at, seen.why, seen.told], ['paused', 'recorder.hidden', ['fault recorder.hidden']]);
    assert.ok(seen.kept >= 45 && seen.packets >= seen.kept + 45, JSON.stringify(seen));
  });
}

test('[REC22] a sound system that comes back at once costs nothing but a mark', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  const seen = await interrupted(stopContext(false), 'healed', false);
  assert.deepEqual([seen.at, seen.told], ['recording', ['healed recorder.interrupted']]);
  assert.ok(seen.packets >= 140 - seen.gap / 20, `${seen.packets} packets, and ${seen.gap} ms are told as missing`);
}));

test('[REC22] a sound system that stays away pauses the take, with the reason', { timeout: 300_000 }, async () => {
  const seen = await interrupted(stopContext(true), 'paused', false);
  assert.deepEqual([seen.at, seen.why, seen.told], ['paused', 'recorder.interrupted', ['fault recorder.interrupted']]);
  assert.ok(seen.packets >= 45, `${seen.packets} packets`);
});

test('[REC23] a device that is nearly full is said before anyone speaks in vain, and while one speaks', { timeout: 300_000 }, async () => {
  const page = await chromium.open(site.url);
  await page.evaluate(() => window.bench.open());
  // Chromium tells pages of 10 GB whatever there is, so the estimate of a frank browser is put in its place.
  const free = (bytes: number): Promise<void> | undefined =>
    page.workers()[0]?.evaluate((quota) => void Object.assign(StorageManager.prototype, { estimate: async () => ({ quota, usage: 0 }) }), bytes);
  await free(500_000);
  const refused = await page.evaluate(() => window.bench.outcome(() => window.bench.recorder.start({ take: window.bench.id(), conversation: 'talk' })));
  assert.equal(refused, 'recorder.storage');
  await free(2_500_000);
  const seconds = await page.evaluate(async () => {
    const { bench } = window;
    await bench.recorder.start({ take: bench.id(), conversation: 'talk' });
    await bench.recorder.stop();
    const low = bench.told.find((one) => one.type === 'fault' && one.code === 'recorder.storage-low');
    return low?.type === 'fault' ? Number(low.evidence['secondsLeft']) : null;
  });
  assert.ok(seconds !== null && seconds > 100 && seconds < 420, String(seconds));
  await page.close();
});

test('[REC25] the end is said again, and both what is heard and what was recorded can be read', { timeout: 300_000 }, async () => {
  const page = await chromium.open(site.url);
  const seen = await page.evaluate(async () => {
    const { bench } = window;
    await bench.open();
    const { recorder } = bench;
    const take = bench.id();
    await recorder.start({ take, conversation: 'talk' });
    await bench.until(() => bench.total() >= 60);
    await recorder.pause();
    const spoken = (await recorder.readTake(take)).packets.length;
    await recorder.edit(take, { kind: 'cut', from: 30, to: spoken });
    const cut = (await recorder.drafts()).find((draft) => draft.take === take)?.packets;
    await recorder.resume();
    const before = bench.total();
    await bench.until(() => bench.total() >= before + 20);
    const finished = await recorder.stop();
    const heard = await recorder.readTake(take);
    await recorder.edit(take, { kind: 'undo' });
    return {
      cut, same: finished.packets === heard.packets.length, parts: heard.parts.map(({ packet, untouched }) => [packet, untouched]),
      undone: (await recorder.readTake(take)).packets.length === (await recorder.readWhole(take)).packets.length,
      kept: (await recorder.readWhole(take)).packets.length - spoken - (heard.packets.length - 30),
    };
  });
  assert.equal(seen.cut, 30);
  assert.deepEqual([seen.parts[0], seen.parts.at(-1)?.[1], seen.same, seen.undone, seen.kept >= 1 && seen.kept <= 2], [[0, false], true, true, true, true], JSON.stringify(seen));
  await page.close();
});

test('[REC24] what was discarded rests 30 days and can be brought back; a sweep removes it then, and nothing else', { timeout: 300_000 }, async () => {
  const page = await chromium.open(site.url);
  const seen = await page.evaluate(async () => {
    const { bench } = window;
    await bench.open({ folder: 'resting' });
    const { recorder } = bench;
    for (const take of ['gone', 'back', 'kept']) {
      await recorder.start({ take, conversation: 'talk' });
      await new Promise((resolve) => setTimeout(resolve, 200));
      await recorder.stop();
    }
    await recorder.discard('gone');
    await recorder.discard('back');
    await recorder.undiscard('back');
    const day = 86_400_000;
    const early = await recorder.sweep(Date.now() + 29.9 * day);
    const late = await recorder.sweep(Date.now() + 30.1 * day);
    return { early, late, left: (await recorder.drafts()).map((draft) => draft.take).sort() };
  });
  assert.deepEqual(seen, { early: 0, late: 1, left: ['back', 'kept'] });
  await page.close();
});
