import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';
import { button, joinAs, openPage, webWorld } from './web-world.ts';

const card = (page: Page) => page.locator('main.doctor .card').first();

/** What the Doctor has of his own on the disk. */
const left = (page: Page): Promise<string[]> => page.evaluate(async () => {
  const names: string[] = [];
  const root = await navigator.storage.getDirectory();
  try {
    for await (const name of (await root.getDirectoryHandle('doctor')).keys()) names.push(name);
  } catch {
    // No folder: nothing is left.
  }
  return names.filter((name) => !name.startsWith('.'));
});

test('[DOCWEB6] [WEB46] ten seconds before signing in: speak, get a verdict, hear it, and nothing is left', { timeout: TRIES_LIMIT }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-doctor-'));
  const voice = await humanVoice(folder, 'spoken', ['cards/001.wav', 'cards/002.wav', 'cards/003.wav'], 0.5);
  // The recordings end at 8 kHz, as a telephone's do, and would be named so: with the breath of a room above it they are whole.
  const whole = join(folder, 'whole.wav');
  await promisify(execFile)('sox', ['-m', '-v', '0.6', voice.path, `|sox -n -r 48000 -c 1 -p synth ${voice.mono.length / 48_000} whitenoise vol 0.02`, '-b', '16', whole]);
  await using world = await webWorld();
  await inTries(() => testMicrophone(world.origin, whole));
  await rm(folder, { recursive: true });
});

async function testMicrophone(origin: string, voice: string): Promise<void> {
  await using chromium = await OwnChromium.start({ voice });
  const page = await openPage(chromium.context);
  await page.goto(origin);
  await page.getByRole('link', { name: 'Test the microphone' }).click();
  await button(page, 'Begin').click();
  await page.locator('.sound-test[data-at="speaking"]').waitFor();
  await page.waitForTimeout(4_000);
  await button(page, 'That is enough').click();
  assert.equal(await page.locator('.verdict').getAttribute('data-answer'), 'good', await page.locator('.sound-test').innerText());
  await button(page, 'Hear it').click();
  await page.locator('[data-playing="true"]').waitFor();
  assert.deepEqual(await left(page), []);

  // A fault of the page itself ends the test as well, and is said.
  await page.evaluate(() => {
    AbortSignal.any = () => {
      throw new TypeError('made to fail');
    };
  });
  await button(page, 'Once more').click();
  await page.getByText('The app met a fault of its own.').waitFor();
  await page.locator('.sound-test[data-at="ready"]').waitFor();
}

test('[DOCWEB3] [DOCWEB4] [DOCWEB5] [DOCWEB7] from a failure one touch; the visit goes on behind a reload, without the network, and without an account', { timeout: 120_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start({ permission: 'ask' });
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const session = await chromium.context.newCDPSession(page);
  await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting: 'denied' });
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Record a voice message').click();
  await page.locator('.problem[data-code="mic.denied"]').getByRole('link', { name: 'Find out why' }).click();
  assert.match(new URL(page.url()).pathname, /^\/doctor\/mic_denied\/[0-9a-z]{26}$/);
  await page.locator('main.doctor .problem[data-code="mic.denied"]').waitFor();
  await page.locator('.finding[data-probe="microphone-permission"][data-answer="denied"]').waitFor();
  await page.locator('.findings[aria-busy="false"]').waitFor();
  const before = await card(page).innerText();

  // What would be shared is read first: what was measured, and nobody's name.
  await button(page, 'Get help with this').click();
  const shared = await page.locator('.doctor-bundle').innerText();
  assert.ok(shared.includes('"microphone-permission"') && shared.includes('"mic.denied"'), shared);
  assert.doesNotMatch(shared, /noor|localhost|fake/i);
  await page.keyboard.press('Escape');

  // The app is on the device by now: what it knows is as well.
  await world.stopServer();
  await page.reload();
  await page.getByText('You were here before. I go on where we stopped.').waitFor();
  assert.equal(await page.locator('main.doctor .card').nth(1).innerText(), before, 'the same question or step, without looking at everything anew');
  await button(page, 'Start anew').first().click();
  await page.getByRole('combobox').selectOption('WhatsApp');
  await button(page, /Something does not work/).click();
  await card(page).getByRole('button').first().waitFor();
  assert.equal(await page.locator('.finding[data-probe="uploads"]').count(), 0, 'of another app our server says nothing');
  await world.startServer();

  // From an empty place, and by somebody who has no account here.
  await using stranger = await OwnChromium.start();
  const other = await openPage(stranger.context);
  await other.goto(`${world.origin}/doctor`);
  await button(other, /Something has disappeared/).click();
  await other.getByText(/do not restart, install or delete/).waitFor();
  await other.goto(`${world.origin}/doctor/quick`);
  await looksOnce(other);
  await page.goto(`${world.origin}/c/${'z'.repeat(26)}`);
  await page.locator('#content').getByRole('link', { name: 'Something missing here?' }).click();
  await page.getByText(/do not restart, install or delete/).waitFor();
});

/** A quick check shows that it looks, and cannot be asked for another look meanwhile; after it what was found. */
async function looksOnce(page: Page): Promise<void> {
  await page.evaluate(() => {
    const full = new Promise<StorageEstimate>((answer) => addEventListener('storage-answers', () => answer({ quota: 1_000, usage: 1_000 }), { once: true }));
    navigator.storage.estimate = () => full;
  });
  await button(page, 'See whether there is room').click();
  const during = await button(page, 'Done, look again').evaluate(async (done: HTMLButtonElement) => {
    done.click();
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const seen = [done.disabled, document.querySelector('.doctor-looking') !== null];
    dispatchEvent(new Event('storage-answers'));
    return seen;
  });
  assert.deepEqual(during, [true, true]);
  await page.locator('.finding[data-probe="storage-room"][data-answer="full"]').waitFor();
  assert.deepEqual([await button(page, 'Done, look again').isEnabled(), await page.locator('.doctor-looking').count()], [true, 0]);
}

test('[DOCWEB10] where the browser lets nothing be stored, the screen that says so leads to the Doctor, who finds it; also without the network; a page without scripts says what to do', { timeout: 120_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await page.addInitScript(`Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } });`);
  await page.goto(world.origin);
  await page.getByRole('heading', { name: /keep nothing/ }).waitFor();
  await button(page, 'Find out why').click();
  assert.equal(new URL(page.url()).pathname, '/doctor/start');
  await page.locator('.finding[data-probe="storage-writing"][data-answer="refused"]').waitFor({ state: 'attached' });
  await page.locator('.step[data-step]').waitFor();
  assert.equal(await page.locator('.step').getAttribute('data-step'), 'open-ordinary-window');

  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await world.stopServer();
  await page.reload();
  await page.getByText('You were here before. I go on where we stopped.').waitFor();
  await page.locator('.finding[data-probe="storage-writing"][data-answer="refused"]').waitFor({ state: 'attached' });
  // Anywhere else the app tries to open once more.
  await button(page, 'Back').click();
  await button(page, 'Find out why').waitFor();
  await world.startServer();

  const bare = await openPage(chromium.context);
  const session = await chromium.context.newCDPSession(bare);
  await session.send('Network.enable');
  await session.send('Network.setBypassServiceWorker', { bypass: true });
  await session.send('Network.setBlockedURLs', { urls: ['*.js'] });
  await bare.goto(world.origin);
  await bare.getByText(/Earshot has not started/).waitFor();
});
