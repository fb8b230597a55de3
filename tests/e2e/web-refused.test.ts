import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { fetchTransport } from '@earshot/client/transports/fetch-transport.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Locator, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, PASSWORD, say, webWorld } from './web-world.ts';

const aside = (page: Page): Locator => page.locator('li.message[data-state="set-aside"]');
const stored = (page: Page): Locator => page.locator('li.message[data-state="stored"]');

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Your handle').fill('noor');
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Sign in').click();
}

let chromium: OwnChromium;

before(async () => {
  chromium = await OwnChromium.start();
});

after(() => chromium[Symbol.asyncDispose]());

test('[WEB44] what the server refuses says why and what to do, can be saved, and goes out once the cause is gone', { timeout: 300_000 }, async () => {
  // No room for a single second.
  await using world = await webWorld({ limits: { quotaBytes: 1_000 } });
  const page = await openPage(await chromium.device());
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await say(page);
  await aside(page).getByText('Not sent, and kept here. Your space on the server is full. Remove messages that you no longer need, or ask the operator for more room.').waitFor();

  // The cause still stands: it says so again, and nothing is lost.
  await aside(page).getByRole('button', { name: 'Try again' }).click();
  await aside(page).getByText(/Your space on the server is full/).waitFor();
  await aside(page).getByRole('button', { name: 'Options for this message' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as a file').click()]);
  const saved = readOggOpus(await readFile(await download.path()));
  assert.ok(saved.packets.length > 50, `${saved.packets.length} packets`);
  await aside(page).getByRole('button', { name: 'Play' }).click();
  await page.locator('li.message.playing').waitFor();

  // After a reload it is there as before.
  await page.reload();
  await aside(page).getByText(/Your space on the server is full/).waitFor();
  assert.equal(await page.locator('.draft').count(), 0);

  await world.stopServer();
  await world.startServer({ limits });
  await aside(page).getByRole('button', { name: 'Try again' }).click();
  await stored(page).waitFor();
  assert.equal(await page.locator('li.message').count(), 1);
  await stored(page).getByRole('button', { name: 'Options for this message' }).click();
  const [again] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as a file').click()]);
  assert.deepEqual(await readFile(await again.path()), await readFile(await download.path()), 'what arrived is what was set aside');
});

test('[WEB44] whoever is disabled is told so at the door; what was not sent goes out when she is let in again', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const page = await openPage(await chromium.device());
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await world.stopServer();
  await say(page);
  await page.locator('li.message[data-state="sending"]').waitFor();
  await world.operate((operator) => operator.disable('noor', true));
  await world.startServer();
  const disabled = page.getByRole('alert').getByText('The operator of this server has disabled this account.');
  await disabled.waitFor();
  await page.getByText('Ask the operator. What is on this device stays, drafts and unsent messages as well.').waitFor();

  await signIn(page);
  await page.locator('form').and(page.locator('form', { has: disabled })).waitFor();
  await world.operate((operator) => operator.disable('noor', false));
  await signIn(page);
  await page.getByRole('link', { name: /Notes/ }).click();
  await stored(page).waitFor();
  assert.equal(await page.locator('li.message').count(), 1);
});

test('[ACC4] whose session ended because it was not used is told so at the door, and that all is still there; whoever signs out herself is told nothing', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const page = await openPage(await chromium.device());
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await say(page);
  await stored(page).waitFor();
  await world.stopServer();
  await world.startServer({ limits: { sessionIdle: 0 } });
  for (const again of [false, true]) {
    if (again) await page.reload();
    await page.getByRole('alert').getByText('You are not signed in on this device.').waitFor();
    await page.getByRole('alert').getByText('Sign in. What is on this device stays, drafts and unsent messages as well.').waitFor();
  }
  await world.stopServer();
  await world.startServer();

  await signIn(page);
  await page.getByRole('link', { name: /Notes/ }).click();
  await stored(page).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await button(page, 'Sign in').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});

test('[WEB45] a group is renamed without a network, by somebody who left it on another device meanwhile: that it was not taken over is said', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const page = await openPage(await chromium.device());
  const recoveryCode = await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await using other = await createEarshot({ store: memoryStore(), locks: memoryLocks(), clock: systemClock, random: systemRandom, transport: fetchTransport({ server: world.origin, socketHeaders: true }) });
  await other.account.recover({ handle: 'noor', recoveryCode, deviceName: 'other' });
  await other.start();
  await other.synced();
  const group = await other.conversations.createGroup({ title: 'Sunday walk', members: [] });
  await page.getByRole('link', { name: /Sunday walk/ }).click();
  await button(page, /^Sunday walk.*About this conversation/).click();
  await button(page, 'Rename').click();
  await page.getByLabel('Name of the group').fill('Monday walk');
  await page.context().setOffline(true);
  await other.conversations.leave(group);
  await other.settled();
  await button(page, 'Save').click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.context().setOffline(false);
  await page.getByRole('status').getByText(/^Sunday walk: what you changed was not taken over\. ./).waitFor();
  await button(page, /^Sunday walk.*About this conversation/).waitFor();
});
