import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, phase, say, WEB, webWorld } from './web-world.ts';

/** The built app as if something in it had changed. */
async function newerApp(folder: string): Promise<string> {
  const newer = join(folder, 'newer');
  await cp(WEB, newer, { recursive: true });
  const worker = join(newer, 'service-worker.js');
  const code = await readFile(worker, 'utf8');
  const changed = code.replaceAll(/shell-[\da-f]{16}/g, 'shell-newer');
  assert.notEqual(changed, code);
  await writeFile(worker, changed);
  for (const packed of ['br', 'gz']) await rm(`${worker}.${packed}`);
  return newer;
}

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
