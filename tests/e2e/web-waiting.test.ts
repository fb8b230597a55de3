import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CDPSession } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { Middlebox } from '@earshot/faults/middlebox.node.ts';
import { beginRecording, button, joinAs, newerApp, openPage, recorded, say, webWorld } from './web-world.ts';

test('[WEB43] started without the network, loaded anew and updated, the app loses nothing that waits', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await page.evaluate(async () => navigator.serviceWorker.ready);
  await world.stopServer();

  const waiting = page.locator('li.message[data-state="sending"]');
  const stored = page.locator('li.message[data-state="stored"]');
  await say(page);
  await waiting.waitFor();
  await page.reload();
  await waiting.waitFor();
  await say(page);
  await waiting.nth(1).waitFor();
  // A recording that nobody ended, beside two messages that wait.
  await beginRecording(page);
  await recorded(page, 2);
  await page.reload();
  await waiting.nth(1).waitFor();
  await page.locator('.draft').waitFor();

  // The server is back with a newer app, and still takes no message.
  await chromium.context.route('**/v1/**', (route) => route.abort());
  await world.startServer({ webDir: await newerApp(world.folder) });
  await page.reload();
  await page.getByText('A new version is ready.').waitFor();
  await Promise.all([page.waitForEvent('load'), button(page, 'Update').click()]);
  // The browser may have sent them from beside the page meanwhile, which is as good.
  await page.locator('li.message').nth(1).waitFor();
  await page.locator('.draft').waitFor();
  assert.deepEqual(await page.evaluate(() => caches.keys()), ['shell-newer']);

  await chromium.context.unroute('**/v1/**');
  await stored.nth(1).waitFor();
  await page.locator('.draft').getByRole('button', { name: 'Send' }).click();
  await stored.nth(2).waitFor();
  assert.equal(await page.locator('li.message').count(), 3);
});

test('[WEB43] a newer version takes over although the older one is just sending, over a way that never answers', { timeout: 300_000 }, async () => {
  await using box = await Middlebox.open('http://localhost');
  const origin = box.origin.replace('127.0.0.1', 'localhost');
  await using world = await webWorld({ origin });
  box.target = new URL(`http://localhost:${world.port}`);
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await page.evaluate(async () => navigator.serviceWorker.ready);
  await world.stopServer();
  await world.startServer({ webDir: await newerApp(world.folder) });
  await page.reload();
  await page.getByText('A new version is ready.').waitFor();
  const asked = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.startsWith('/v1/')).map((one) => (one as PerformanceResourceTiming & { workerMatchedSourceType?: string }).workerMatchedSourceType));
  assert.ok(asked.length > 0);
  assert.deepEqual(new Set(asked), new Set(['network']), 'what the server is asked for does not wake the service worker');

  box.meddle = ({ path }) => (path.startsWith('/v1/') ? { do: 'drip' } : { do: 'pass' });
  box.cut();
  const browser = await backgroundSync(await chromium.context.newCDPSession(page));
  await say(page);
  await page.locator('li.message[data-state="sending"]').waitFor();
  await browser.says(/^Dispatched/);
  await Promise.all([page.waitForEvent('load'), button(page, 'Update').click()]);
  assert.match(await browser.says(/failed/), /waitUntil rejected/, 'the older one ended its sending itself, and the browser knows that something waits');
  assert.deepEqual(await page.evaluate(() => caches.keys()), ['shell-newer']);

  box.meddle = () => ({ do: 'pass' });
  box.cut();
  await page.locator('li.message[data-state="stored"]').waitFor();
  assert.equal(await page.locator('li.message').count(), 1);
});

/** What the browser does of its own accord to have sent what waits. */
interface BackgroundSync {
  /** Resolves once it says so, with all that it adds. */
  says(what: RegExp): Promise<string>;
}

async function backgroundSync(browser: CDPSession): Promise<BackgroundSync> {
  const service = 'backgroundSync';
  const said: string[] = [];
  const listeners = new Set<() => void>();
  browser.on('BackgroundService.backgroundServiceEventReceived', ({ backgroundServiceEvent: { eventName, eventMetadata } }) => {
    said.push(`${eventName}: ${eventMetadata.map(({ value }) => value).join(', ')}`);
    for (const listener of listeners) listener();
  });
  await browser.send('BackgroundService.startObserving', { service });
  await browser.send('BackgroundService.setRecording', { shouldRecord: true, service });
  return {
    says: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = said.find((one) => what.test(one));
          if (found !== undefined) resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
}
