import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, newerApp, openPage, phase, say, webWorld } from './web-world.ts';

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
  await button(page, 'Record a voice message').click();
  await phase(page, 'recording');
  await page.waitForTimeout(1_500);
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
