import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { beginRecording, button, joinAs, openPage, phase, recorded, say, webWorld, type WebWorld } from './web-world.ts';

/** Messages in the logs of the server. */
function stored(world: WebWorld): number {
  const database = new DatabaseSync(join(world.folder, 'data/earshot.db'), { readOnly: true });
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM event WHERE class = 'message'`).get()?.['n']);
  } finally {
    database.close();
  }
}

/** Tells the service worker that there is a network, as the browser does; no page of the app need be open. */
async function networkIsBack(page: Page, origin: string, tag: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin));
    if (found) resolve(found.registrationId);
  }));
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId: await registered, tag, lastChance: false });
  await session.detach();
}

/** What the page has asked the browser to wake the service worker for. */
function tags(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.ready) as unknown as { readonly sync: { getTags(): Promise<string[]> } };
    return await registration.sync.getTags();
  });
}

test('[WEB29] what was spoken without a network is sent when there is one again, though the app was closed', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0880.wav'], 0);
  await using chromium = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await page.evaluate(async () => navigator.serviceWorker.ready);
  await world.stopServer();
  await beginRecording(page);
  await recorded(page, 2);
  await button(page, 'Send').click();
  await phase(page, 'idle');
  while ((await tags(page)).length === 0) await page.waitForTimeout(200);
  const blank = await openPage(chromium.context);
  await page.close();
  await world.startServer();
  assert.equal(stored(world), 0, 'no page was open to send it');
  await networkIsBack(blank, world.origin, 'outbox');
  for (const end = Date.now() + 60_000; stored(world) === 0; ) {
    assert.ok(Date.now() < end, 'it was never sent');
    await blank.waitForTimeout(100);
  }
  assert.equal(stored(world), 1);
});

test('[WEB29] what was on its way when the page got out of sight is sent though it was closed a moment later', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const blank = await openPage(chromium.context);
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await page.evaluate(async () => navigator.serviceWorker.ready);
  // A way that swallows what the page says: neither sent nor refused.
  await page.route('**/v1/**', () => undefined);
  await say(page);
  // A browser without a screen never hides a page by itself.
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  while (!(await tags(page)).includes('outbox') && stored(world) === 0) await page.waitForTimeout(50);
  await page.close();
  for (const end = Date.now() + 60_000; stored(world) === 0; ) {
    assert.ok(Date.now() < end, 'it was never sent');
    await blank.waitForTimeout(100);
  }
  assert.equal(stored(world), 1);
});
