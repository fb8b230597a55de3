import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { beginRecording, button, inviteLink, joinAs, openPage, PASSWORD, recorded, talkTo, unlock, webWorld } from './web-world.ts';

test('[WEB24] a message says why it has not arrived, and its details show its whole way with times', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const ada = await openPage(chromium.context);
  const ben = await openPage(await chromium.device());
  await joinAs(ada, world.origin, await world.invitation(), 'Ada');
  const code = await joinAs(ben, world.origin, await inviteLink(ada), 'Ben');
  await talkTo(ada, 'Ben');

  await ben.getByRole('link', { name: 'Settings' }).click();
  await button(ben, 'Sign out').click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await ben.getByLabel('Your handle').waitFor();

  await beginRecording(ada);
  await recorded(ada, 2);
  await button(ada, 'Send').click();
  await ada.locator('li.message.mine[data-state="stored"]').waitFor();
  // By keyboard: a warning of the microphone may float above the newest bubble.
  await button(ada, 'On the server. Show details').press('Enter');
  const details = ada.getByRole('dialog');
  await details.getByText('Ben is not signed in anywhere at the moment. It arrives by itself as soon as they sign in again.').waitFor();
  for (const place of ['Recording began', 'Whole on this device', 'On the server']) {
    assert.match(String(await details.locator(`dt:text-is("${place}") + dd`).textContent()), /20\d\d/, place);
  }
  assert.equal(await details.locator('dt:text-is("Heard") + dd').textContent(), 'Not yet');
  await button(ada, 'Close').click();
  await ada.locator('.state-line', { hasText: 'Ben is not signed in anywhere at the moment.' }).waitFor();

  await ben.getByLabel('Your handle').fill('ben');
  await ben.getByLabel('Password').fill(PASSWORD);
  await button(ben, 'Sign in').click();
  await unlock(ben, code);
  await ada.locator('li.message.mine[data-state="delivered"]').waitFor();
  await ada.locator('.state-line').waitFor({ state: 'detached' });
  await button(ada, 'Delivered. Show details').press('Enter');
  assert.match(String(await details.locator('dt:text-is("Delivered") + dd').textContent()), /20\d\d/);
});
