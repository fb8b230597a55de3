import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { type Meddler, Middlebox } from '@earshot/faults/middlebox.node.ts';
import { all, blocksLargeBodies, blocksMethods, blocksWebSocket, captivePortal, contentFilter } from '@earshot/faults/obstacles.ts';
import { button, joinAs, openPage, say, webWorld } from './web-world.ts';

const BLOCKED: Meddler = all(blocksWebSocket(), blocksMethods(['PATCH', 'PUT', 'DELETE', 'HEAD']), contentFilter(['application/json', 'application/octet-stream']), blocksLargeBodies(20_000));

let chromium: OwnChromium;

before(async () => {
  chromium = await OwnChromium.start();
});

after(() => chromium[Symbol.asyncDispose]());

test('[WAY12] the app sends and hears of it behind a proxy that lets no WebSocket, few methods, known content types and small bodies through; and after a captive portal by itself', { timeout: 300_000 }, async () => {
  await using box = await Middlebox.open('http://localhost');
  // By its name: passkeys know no bare addresses.
  const origin = box.origin.replace('127.0.0.1', 'localhost');
  await using world = await webWorld({ origin });
  box.target = new URL(`http://localhost:${world.port}`);
  const page = await openPage(await chromium.device());
  await joinAs(page, origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();

  box.meddle = BLOCKED;
  box.cut();
  await say(page, 3);
  await page.locator('li.message[data-state="stored"]').first().waitFor();
  assert.ok(box.offered.some(({ method, path }) => method === 'POST' && path === '/v1/sync'), 'news are asked for');

  box.meddle = captivePortal();
  box.cut();
  await say(page, 3);
  await page.locator('li.message[data-state="sending"]').waitFor();
  box.meddle = () => ({ do: 'pass' });
  await page.locator('li.message[data-state="stored"]').nth(1).waitFor();
  assert.equal(await page.locator('li.message').count(), 2);
});

test('[WEB18] a piece of the app that does not come: no network, or a newer version stands on the server', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const page = await openPage(await chromium.device());
  const pieces = '**/assets/sign-in*';
  await page.route(pieces, (route) => route.fulfill({ status: 404 }));
  await page.goto(world.origin);
  await page.locator('[data-code="request.version"]').waitFor();

  // What the service worker keeps by then would come from the device.
  await page.route('**/service-worker.js', (route) => route.abort());
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  });
  await page.reload();
  await page.locator('[data-code="network.unreachable"]').waitFor();
  await page.unroute(pieces);
  await button(page, 'Try again').click();
  await button(page, 'Sign in').waitFor();
});
