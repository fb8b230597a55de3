import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, openPage, PASSWORD, talkTo, unlock, webWorld, type WebWorld } from './web-world.ts';

const RATE = 8_000;

/** Ada sends, and Ben listens. */
let world: WebWorld;
let chromium: OwnChromium;
let ada: Page;
let ben: Page;
/** Ada's recovery code. */
let code: string;

/** Five seconds of a tone, four of silence, five of a tone: 16 bits, one channel. */
function toneSilenceTone(): Buffer {
  const samples = RATE * 14;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) {
    const second = at / RATE;
    file.writeInt16LE(second >= 5 && second < 9 ? 0 : Math.round(9_000 * Math.sin(at / 3)), 44 + at * 2);
  }
  return file;
}

/** What the page asks of its player and of the system, written down. */
declare global {
  var seeks: number[];
  var handlers: Map<string, (details: { action: string }) => void>;
  var player: HTMLMediaElement | undefined;
}

async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.seeks = [];
    globalThis.handlers = new Map();
    const own = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');
    Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
      get() {
        return own?.get?.call(this) as number;
      },
      set(seconds: number) {
        globalThis.seeks.push(seconds);
        own?.set?.call(this, seconds);
      },
    });
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      globalThis.player = this;
      return play.call(this);
    };
    const set = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
    navigator.mediaSession.setActionHandler = (action, handler) => {
      if (handler === null) globalThis.handlers.delete(action);
      else globalThis.handlers.set(action, handler as (details: { action: string }) => void);
      set(action, handler);
    };
  });
}

const press = (page: Page, action: string): Promise<void> => page.evaluate((name) => globalThis.handlers.get(name)?.({ action: name }), action);

/** Of what the page played nothing is left that the browser itself would play at a media key. */
const emptied = (page: Page) => page.waitForFunction(() => globalThis.player?.readyState === HTMLMediaElement.HAVE_NOTHING && globalThis.player.networkState === HTMLMediaElement.NETWORK_EMPTY);

const send = (): Promise<void> => ada.locator('input[type=file]').setInputFiles({ name: 'tone.wav', mimeType: 'audio/wav', buffer: toneSilenceTone() });

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start({ voice: null });
  ada = await openPage(await chromium.device());
  ben = await openPage(chromium.context);
  await watch(ben);
  code = await joinAs(ada, world.origin, await world.invitation(), 'Ada');
  await joinAs(ben, world.origin, await inviteLink(ada), 'Ben');
  await talkTo(ada, 'Ben');
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

test('[WEB25] [WEB26] pauses are skipped, the lock screen steers, and a message goes on where one stopped', { timeout: 300_000 }, async () => {
  await send();
  await ben.getByRole('link', { name: /Ada/ }).click();
  const bubble = ben.locator('li.message.fresh');
  await bubble.waitFor();

  await bubble.getByRole('button', { name: 'Play' }).click();
  await bubble.getByRole('button', { name: 'Pause' }).waitFor();
  assert.deepEqual(await ben.evaluate(() => [navigator.mediaSession.metadata?.title, navigator.mediaSession.playbackState]), ['Ada', 'playing']);
  await ben.waitForFunction(() => /0:0[2-9]/.test(document.querySelector('li.message .length')?.textContent ?? ''));
  // What leaves the device was kept on it before.
  const kept = ben.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/events'));
  await press(ben, 'pause');
  await bubble.getByRole('button', { name: 'Play' }).waitFor();
  assert.equal(await ben.evaluate(() => navigator.mediaSession.playbackState), 'paused');
  await kept;

  // Before it goes on: on a slow machine it would be past the pause by then.
  await button(ben, /^Speed/).click();
  await ben.getByRole('switch', { name: /^Skip pauses/ }).check();
  await button(ben, 'Close').click();
  await ben.reload();
  await bubble.waitFor();
  await bubble.getByRole('button', { name: 'Play' }).click();
  await bubble.getByRole('button', { name: 'Pause' }).waitFor();
  const [went] = await ben.evaluate(() => globalThis.seeks);
  assert.ok(went !== undefined && went >= 1.5 && went < 9, `it went on at ${went}`);

  await ada.locator('li.message.mine[data-state="heard"]').waitFor();
  const over = (await ben.evaluate(() => globalThis.seeks)).slice(1);
  assert.ok(over.length === 1 && Math.abs((over[0] ?? 0) - 8.85) < 0.15, `it was taken over the pause once: ${over.join()}`);
});

test('[WEB26] a reload goes on where it played, and where one went to while it stood still', { timeout: 300_000 }, async () => {
  await send();
  await ben.waitForFunction(() => document.querySelectorAll('li.message').length === 2);
  await ben.reload();
  const bubble = ben.locator('li.message').last();
  const start = async (): Promise<number[]> => {
    await bubble.waitFor();
    assert.deepEqual(await ben.evaluate(() => [...globalThis.handlers.keys()]), [], 'without a message the keys are the browser’s');
    await bubble.getByRole('button', { name: 'Play' }).click();
    await bubble.getByRole('button', { name: 'Pause' }).waitFor();
    return await ben.evaluate(() => globalThis.seeks);
  };
  assert.deepEqual(await start(), []);
  await ben.waitForFunction(() => /0:0[2-9]/.test([...document.querySelectorAll('li.message .length')].at(-1)?.textContent ?? ''));

  await ben.reload();
  const [went = 0] = await start();
  assert.ok(went >= 1.5 && went < 9, `it went on at ${went}`);

  await press(ben, 'pause');
  await bubble.getByRole('button', { name: 'Play' }).waitFor();
  await bubble.getByRole('slider').press('End');
  await bubble.getByRole('slider').press('PageDown');
  await ben.reload();
  const [sought = 0] = await start();
  assert.ok(Math.abs(sought - 4) < 0.2, `it went on at ${sought}`);
  await press(ben, 'stop');
  await ben.locator('.mini').waitFor({ state: 'detached' });
  await emptied(ben);
});

interface Place {
  readonly x: number;
  readonly y: number;
}

/** One finger from one place to another, or tapping where both are the same. */
async function touch(page: Page, from: Place, to: Place): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [from] });
  const steps = from.x === to.x && from.y === to.y ? 0 : 20;
  for (let step = 1; step <= steps; step += 1) {
    const share = step / steps;
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }] });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await session.detach();
}

test('[WEB17] a finger that scrolls over a waveform plays nothing; one that taps it or draws along it goes there', { timeout: 300_000 }, async () => {
  for (let count = await ada.locator('li.message.mine').count(); count < 5; count += 1) {
    await send();
    await ada.waitForFunction((many) => document.querySelectorAll('li.message.mine').length > many, count);
  }
  // So that nothing plays any more, and the messages have to be scrolled.
  await ben.setViewportSize({ width: 1280, height: 480 });
  await ben.reload();
  await ben.waitForFunction(() => document.querySelectorAll('li.message').length === 5);
  const room = ben.locator('.scroll', { has: ben.locator('li.message') });
  const wave = ben.locator('li.message .seek').last();
  const went = (to: number) => ben.waitForFunction((seconds) => globalThis.seeks.some((one) => Math.abs(one - seconds) < 0.2), to);
  /** A place along it, once it stands still. */
  const along = async (share: number): Promise<Place> => {
    await wave.click({ trial: true });
    const box = await wave.boundingBox();
    assert.ok(box);
    return { x: box.x + box.width * share, y: box.y + box.height / 2 };
  };

  const place = await along(0.5);
  const top = await room.evaluate((box) => box.scrollTop);
  await touch(ben, place, { x: place.x, y: place.y + 120 });
  await ben.waitForFunction((was) => (document.querySelector('li.message')?.closest('.scroll')?.scrollTop ?? was) < was, top);
  assert.deepEqual([await ben.locator('li.message.playing').count(), await ben.locator('.mini').count()], [0, 0]);

  const quarter = await along(0.25);
  await touch(ben, quarter, quarter);
  // Seconds, of fourteen.
  await went(3.5);
  await touch(ben, await along(0.6), await along(0.1));
  await went(1.4);
  await ben.setViewportSize({ width: 1280, height: 800 });
});

test('[ACC1] what was played last in another window is gone once its person signed out, also for whoever signs in there', { timeout: 300_000 }, async () => {
  const beside = await openPage(chromium.context);
  await watch(beside);
  await beside.goto(world.origin);
  await beside.getByRole('link', { name: /Ada/ }).click();
  await beside.locator('li.message').getByRole('button', { name: 'Play', exact: true }).first().click();
  await beside.locator('li.message.playing').getByRole('button', { name: 'Pause' }).waitFor();
  await beside.locator('.mini').getByRole('button', { name: 'Pause' }).click();
  await beside.locator('.mini').getByRole('button', { name: 'Play', exact: true }).waitFor();

  await ben.getByRole('link', { name: 'Settings' }).click();
  await button(ben, 'Sign out').click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();

  // In the page itself, which is not loaded anew: nothing else would take away what it holds.
  await beside.getByLabel('Your handle').fill('ada');
  await beside.getByLabel('Password').fill(PASSWORD);
  await button(beside, 'Sign in').click();
  await unlock(beside, code);
  await beside.getByRole('link', { name: /Ben/ }).click();
  await beside.locator('li.message').first().waitFor();
  assert.equal(await beside.locator('.mini').count(), 0);
  assert.equal(await beside.evaluate(() => navigator.mediaSession.metadata), null);
  await emptied(beside);
});
