import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, keepCode, openPage, PASSWORD, phase, webWorld, type WebWorld } from './web-world.ts';

let world: WebWorld;
let chromium: OwnChromium;
let noor: Page;

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start({ permission: 'ask' });
  noor = await openPage(chromium.context);
  await joinAs(noor, world.origin, await world.invitation(), 'Noor');
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** Nothing is copied in this page: the browser does not allow it. */
async function forbidCopying(page: Page): Promise<void> {
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('Write permission denied.', 'NotAllowedError'));
  });
}

test('[WEB48] a password that is changed at last closes its own sheet, and not the question whether to record that is open by then', { timeout: 120_000 }, async () => {
  const answered = Promise.withResolvers<void>();
  await noor.route('**/v1/me/password', async (route) => {
    await answered.promise;
    await route.continue();
  });
  await noor.getByRole('link', { name: 'Settings' }).click();
  await button(noor, 'Change the password').click();
  await noor.getByLabel('Current password').fill(PASSWORD);
  await noor.getByLabel('New password').fill(PASSWORD);
  await noor.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await noor.keyboard.press('Escape');
  await noor.getByRole('link', { name: /Notes/ }).click();
  await button(noor, 'Record a voice message').click();
  const question = noor.getByRole('dialog', { name: 'Your voice, with your permission' });
  await question.waitFor();
  answered.resolve();
  await question.getByRole('status').getByText(/^The password is set/).waitFor();
  await noor.keyboard.press('Escape');
  await phase(noor, 'idle');
});

test('[WEB46] what fails in a sheet is said in the sheet, where it can be read out and touched; so is what fails while the recovery code is shown over a conversation', { timeout: 120_000 }, async () => {
  const refused = 'The browser did not allow that. Try it once more.';
  await forbidCopying(noor);
  await button(noor, 'Invite somebody').click();
  const sheet = noor.getByRole('dialog', { name: 'Invite somebody' });
  await sheet.getByRole('button', { name: 'Copy link' }).click();
  await sheet.getByRole('status').getByText(refused).waitFor();
  assert.equal(await noor.getByText(refused).count(), 1);
  await sheet.locator('.snack').getByRole('button', { name: 'Close' }).click();
  await noor.getByText(refused).waitFor({ state: 'detached' });
  // What is said in a sheet that is closed goes on standing where she is then.
  await sheet.getByRole('button', { name: 'Copy link' }).click();
  await sheet.getByText(refused).waitFor();
  await noor.keyboard.press('Escape');
  await noor.getByRole('status').getByText(refused).waitFor();
  assert.equal(await noor.getByRole('dialog').count(), 0);

  await noor.getByRole('link', { name: 'Settings' }).click();
  await button(noor, 'Make a new code').click();
  await noor.getByRole('dialog').getByRole('button', { name: 'Make a new code' }).click();
  await button(noor, 'I have it').waitFor();
  await noor.goBack();
  await forbidCopying(noor);
  await noor.getByText(refused).waitFor({ state: 'detached' });
  await button(noor, 'Copy').click();
  await noor.getByRole('status').getByText(refused).waitFor();
  assert.match(noor.url(), /\/c\//);
  await keepCode(noor);
});

test('[ACC1] the sheet that somebody left open in one window closes when she signs out in another', { timeout: 120_000 }, async () => {
  await noor.goto(`${world.origin}/settings`);
  await button(noor, 'Add a device').click();
  await noor.getByRole('dialog', { name: 'Add a device' }).waitFor();

  const beside = await openPage(chromium.context);
  await beside.goto(`${world.origin}/settings`);
  await button(beside, 'Sign out').click();
  await beside.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await button(noor, 'Sign in').waitFor();
  assert.equal(await noor.getByRole('dialog').count(), 0);
});
