import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { webBench } from './web-bench.ts';
import { beginRecording, button, joinAs, openPage, PASSWORD, phase, recorded, secondsOf, undoOnSight, unlock } from './web-world.ts';

/** One person with two devices: what she leaves unsent on one, she finds on the other. */
const { world, chromium } = await webBench();
let phone: Page;
let laptop: Page;

before(async () => {
  phone = await openPage(chromium.context);
  const code = await joinAs(phone, world.origin, await world.invitation(), 'Noor');
  const other = await chromium.context.browser()?.newContext({ permissions: ['microphone'] });
  assert(other, 'the browser is open');
  laptop = await openPage(other);
  await laptop.goto(world.origin);
  await laptop.getByLabel('Your handle').fill('noor');
  await laptop.getByLabel('Password').fill(PASSWORD);
  await button(laptop, 'Sign in').click();
  await unlock(laptop, code);
  for (const page of [phone, laptop]) {
    await page.getByRole('link', { name: /Notes/ }).click();
    await button(page, 'Record a voice message').waitFor();
  }
});

/** The card of a draft that another device shows. */
const card = (page: Page): Locator => page.locator('[data-elsewhere]');
const inCard = (page: Page, name: string): Locator => card(page).getByRole('button', { name, exact: true });
const count = (page: Page): Promise<number> => page.locator('li.message').count();

async function speakAndPause(page: Page): Promise<void> {
  await beginRecording(page);
  await recorded(page, 2);
  await button(page, 'Pause').click();
  await phase(page, 'paused');
}

/** From now on what is played does not end by itself, and is known as `player`. */
async function playOn(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      globalThis.player = this;
      // It does not end by itself.
      this.loop = true;
      return play.call(this);
    };
  });
}

test('[DRAFT1] a recording that rests on one device is heard on the other and sent from there, and the first puts it away', async () => {
  await speakAndPause(phone);
  await card(laptop).getByText(/^Recorded on Chrome · Linux, \d+:\d\d/).waitFor();
  await playOn(laptop);
  await inCard(laptop, 'Listen').click();
  await inCard(laptop, 'Pause').waitFor();
  await inCard(laptop, 'Send').click();
  for (const page of [phone, laptop]) await page.waitForFunction(() => document.querySelectorAll('li.message').length === 1);
  await phase(phone, 'idle');
  assert.equal(await card(laptop).count(), 0);
  assert.equal(await phone.locator('.draft').count(), 0);
  await phone.reload();
  await phone.locator('li.message').waitFor();
  assert.equal(await phone.locator('.draft').count(), 0);
});

test('[DRAFT4] discarded on the other device it rests in Recently Deleted where it was recorded, also while nobody looked', async () => {
  await speakAndPause(phone);
  await card(laptop).waitFor();
  await phone.goto('about:blank');
  const undo = await undoOnSight(laptop, '[data-elsewhere]', 0);
  await inCard(laptop, 'Discard').click();
  // One touch is not the end of it, whatever has become of the phone.
  await undo.pressed();
  await inCard(laptop, 'Discard').click();
  await card(laptop).waitFor({ state: 'detached' });
  await phone.goto(`${world.origin}/settings`);
  await phone.getByText('Recently Deleted').first().click();
  await phone.locator('.row[data-take]').waitFor();
  await phone.locator('.row[data-take]').getByRole('button', { name: /^Restore/ }).click();
  await phone.locator('.draft[data-take]').waitFor();
  await phone.locator('.draft[data-take]').getByRole('button', { name: 'Send' }).click();
  await phase(phone, 'idle');
  await phone.waitForFunction(() => document.querySelectorAll('li.message').length === 2);
});

test('[DRAFT6] what was said since the other device sent it stays, and becomes a message of its own', async () => {
  await speakAndPause(phone);
  await card(laptop).waitFor();
  const there = await count(laptop);
  const shown = secondsOf(await phone.locator('.panel-time').innerText());
  await button(phone, 'Continue recording').click();
  await phase(phone, 'recording');
  await recorded(phone, shown + 2);
  await inCard(laptop, 'Send').click();
  await phone.waitForFunction((many) => document.querySelectorAll('li.message').length === many + 1, there);
  await button(phone, 'Send').click();
  await phase(phone, 'idle');
  for (const page of [phone, laptop]) await page.waitForFunction((many) => document.querySelectorAll('li.message').length === many + 2, there);
  const lengths = await laptop.locator('li.message .length').allInnerTexts();
  assert.ok(secondsOf(lengths.at(-1) ?? '') > secondsOf(lengths.at(-2) ?? ''), lengths.join(' '));
});

test('[DRAFT4] discarded where it was recorded it goes from the other device, and undone it is there again', async () => {
  await speakAndPause(phone);
  await card(laptop).waitFor();
  const undo = await undoOnSight(phone, '.recorder[data-phase="idle"]', 1);
  await button(phone, 'Discard').click();
  await phase(phone, 'idle');
  await undo.pressed();
  await phone.locator('.draft[data-take]').waitFor();
  await card(laptop).waitFor();
  const there = await count(laptop);
  await inCard(laptop, 'Send').click();
  await laptop.waitForFunction((many) => document.querySelectorAll('li.message').length === many + 1, there);
  await phone.locator('.draft').waitFor({ state: 'detached' });
});

test('[WEB47] what another device recorded falls silent before the Doctor listens to the microphone', async () => {
  await speakAndPause(phone);
  await card(laptop).waitFor();
  await playOn(laptop);
  await inCard(laptop, 'Listen').click();
  await inCard(laptop, 'Pause').waitFor();
  const here = new URL(laptop.url()).pathname;
  await laptop.evaluate(() => {
    history.pushState(null, '', '/doctor/microphone');
    dispatchEvent(new PopStateEvent('popstate'));
  });
  const silent = (): Promise<boolean | undefined> => laptop.evaluate(() => globalThis.player?.paused);
  await button(laptop, 'Begin').waitFor();
  assert.equal(await silent(), false);
  await button(laptop, 'Begin').click();
  await laptop.locator('.sound-test[data-at="speaking"]').waitFor();
  assert.equal(await silent(), true);
  await button(laptop, 'That is enough').click();
  await laptop.goto(world.origin + here);
  await inCard(laptop, 'Discard').click();
  await phase(phone, 'idle');
});
