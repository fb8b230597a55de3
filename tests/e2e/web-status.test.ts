import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openOperator } from '@earshot/server/operator.ts';
import { OwnChromium } from '../browser/chromium.ts';
import { joinAs, openPage, webWorld } from './web-world.ts';

test('[WEB18] the app says what stands in the way: a sign-in page of the network; or the server, with a link to its status page', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.evaluate(async () => navigator.serviceWorker.ready);
  // One page keeps the connection for all of them.
  await page.close();

  const portal = await openPage(chromium.context);
  await portal.route('**/v1/**', (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Welcome to the hotel</h1>' }));
  await portal.goto(world.origin);
  const second = await openPage(chromium.context);
  await second.goto(world.origin);
  // The second window holds no connection of its own, and knows of the first one's.
  for (const window of [portal, second]) await window.getByText('This network wants you to sign in before it lets anything through.', { exact: false }).first().waitFor();
  assert.equal(await portal.getByRole('link', { name: 'See the status' }).count(), 0);
  await second.close();
  await portal.close();

  await using operator = openOperator(join(world.folder, 'data'));
  await operator.announce('The disk is being changed until noon.');
  const troubled = await openPage(chromium.context);
  await troubled.route('**/v1/sync*', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{}' }));
  await troubled.goto(world.origin);
  await troubled.getByText('The server has trouble of its own.', { exact: false }).first().waitFor();
  const opened = troubled.waitForEvent('popup');
  await troubled.getByRole('link', { name: 'See the status' }).first().click();
  const status = await opened;
  await status.getByText('The disk is being changed until noon.').waitFor();
  assert.equal(new URL(status.url()).pathname, '/status');
  assert.equal(await status.evaluate(() => document.scripts.length), 0);
});
