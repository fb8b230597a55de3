import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { fetchTransport } from '@earshot/client/transports/fetch-transport.ts';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, openPage, PASSWORD, say, talkTo, webWorld } from './web-world.ts';

test('[WHERE4] who gives back what somebody lost sees that it travels, gives it once, and reads what came of it', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Ada');
  await using ben = await createEarshot({ store: memoryStore(), locks: memoryLocks(), clock: systemClock, random: systemRandom, transport: fetchTransport({ server: world.origin, socketHeaders: true }) });
  await ben.account.join({ invitation: await inviteLink(page), handle: 'ben', name: 'Ben', password: PASSWORD, deviceName: 'program' });
  await ben.start();
  await talkTo(page, 'Ben');
  const { promise, resolve } = Promise.withResolvers<string>();
  ben.on((one) => {
    if (one.type === 'message') resolve(one.message);
  });
  await say(page);
  const message = await promise;

  const back = async (): Promise<void> => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Devices' }).waitFor();
    await page.getByRole('link', { name: /Ben/ }).first().click();
    await page.locator('.bubble').first().waitFor();
  };
  const [gate, network] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  await page.route('**/events', async (route) => {
    if (route.request().method() === 'POST') await network.promise;
    await route.continue();
  });
  let given = 0;
  await page.route('**/v1/blobs/**', async (route) => {
    if (route.request().method() === 'PUT') {
      given += 1;
      await gate.promise;
    }
    await route.continue();
  });
  await ben.recovery.askFor(message);
  const card = page.locator('.card.asked');
  await card.getByText('Ben lost this message and asks for it').waitFor();
  await button(page, 'Give it back').click();
  const giving = card.getByRole('button', { name: 'Giving it back …' });
  await giving.waitFor();
  assert.equal(await giving.isDisabled(), true);
  // Whoever leaves the conversation and comes back finds it so still.
  await back();
  await giving.waitFor();
  assert.equal(await giving.isDisabled(), true);
  gate.resolve(undefined);
  await page.getByText('It is there again for Ben.').waitFor();
  // The answer waits for the network: nothing is offered again meanwhile.
  await back();
  await page.waitForTimeout(1_000);
  assert.equal(await card.count(), 0);
  network.resolve(undefined);
  await ben.synced();
  await card.waitFor({ state: 'detached' });
  assert.equal(given, 1);
});
