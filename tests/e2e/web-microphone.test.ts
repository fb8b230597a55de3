import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, phase, say, webWorld, type WebWorld } from './web-world.ts';

/** Somebody in her notes, about to speak. */
async function aboutToSpeak(world: WebWorld, chromium: OwnChromium, name = 'Noor'): Promise<Page> {
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), name);
  await page.getByRole('link', { name: /Notes/ }).click();
  return page;
}

const fault = (page: Page, code: string) => page.locator(`.problem[data-code="${code}"]`);

/** Presses record, and answers our own question before the browser asks its own. */
async function tryToSpeak(page: Page): Promise<void> {
  await button(page, 'Record a voice message').click();
  await page.getByRole('dialog', { name: 'Your voice, with your permission' }).getByRole('button', { name: 'Go on' }).click();
}

async function nothingRecorded(page: Page): Promise<void> {
  await phase(page, 'idle');
  assert.equal(await page.locator('.draft, li.message').count(), 0);
}

test('[WEB40] a microphone that is forbidden is said with the way out, and once allowed the same button records', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start({ permission: 'ask' });
  const page = await aboutToSpeak(world, chromium);
  const permit = async (setting: 'denied' | 'granted'): Promise<void> => {
    const session = await chromium.context.newCDPSession(page);
    await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting });
  };
  await permit('denied');
  // The browser will not ask, so nothing announces that it would.
  await button(page, 'Record a voice message').click();
  await fault(page, 'mic.denied').getByText('The browser does not let this page use the microphone.').waitFor();
  await fault(page, 'mic.denied').getByText(/Allow the microphone for this page/).waitFor();
  await nothingRecorded(page);
  await permit('granted');
  await button(page, 'Record a voice message').click();
  await phase(page, 'recording');
  await page.locator('.problem').waitFor({ state: 'detached' });
});

test('[WEB40] a question that was closed, by us or by the browser, and a microphone that is not there have words of their own', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using asking = await OwnChromium.start({ permission: 'ask' });
  const asked = await aboutToSpeak(world, asking);
  // Our own question is closed: nothing happened, and nothing need be said.
  await button(asked, 'Record a voice message').click();
  await asked.getByRole('dialog', { name: 'Your voice, with your permission' }).waitFor();
  await asked.keyboard.press('Escape');
  await nothingRecorded(asked);
  assert.equal(await asked.locator('.problem').count(), 0);
  // Closing the browser's question needs a window with edges; this is all that the page hears of it.
  await asked.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('Permission dismissed', 'NotAllowedError');
    };
  });
  await tryToSpeak(asked);
  await fault(asked, 'mic.dismissed').getByText('The question about the microphone was closed without an answer.').waitFor();
  await nothingRecorded(asked);

  await using without = await OwnChromium.start({ voice: null });
  const bare = await aboutToSpeak(world, without, 'Ben');
  await button(bare, 'Record a voice message').click();
  await fault(bare, 'mic.none').getByText('No microphone is connected.').waitFor();
  await nothingRecorded(bare);
});

test('[WEB40] a page over plain HTTP says so instead of opening', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await openPage(chromium.context);
  await page.goto(`${world.origin.replace('localhost', 'insecure.test')}/join#${await world.invitation()}`);
  await page.getByRole('heading', { name: 'Browsers give no microphone to pages opened over plain HTTP.' }).waitFor();
  await page.getByText('Open the address that begins with https, or ask the operator to set one up.').waitFor();
});

test('[WEB41] the microphone is chosen by keyboard, in mid-speech as well, and is remembered', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await aboutToSpeak(world, chromium);
  const choose = page.getByRole('button', { name: /^Microphone: / });
  const sheet = page.getByRole('dialog', { name: 'Microphone' });
  await choose.press('Enter');
  await sheet.getByRole('radio', { name: 'The system’s choice' }).and(page.locator(':checked')).waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.ok(await choose.evaluate((element) => element === document.activeElement), 'the focus is where it was');

  await button(page, 'Record a voice message').click();
  await phase(page, 'recording');
  await choose.press('Enter');
  await sheet.getByRole('radio').nth(2).waitFor();
  const name = (await sheet.locator('label').nth(2).innerText()).trim();
  await sheet.getByRole('radio').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await page.locator('.hint-line', { hasText: name }).waitFor();
  // Less than a second would be sent only after asking.
  await page.waitForTimeout(1_500);
  await button(page, 'Send').click();
  await page.locator('li.message[data-state="stored"]').waitFor();

  await page.reload();
  await choose.click();
  await sheet.getByRole('radio', { name }).and(page.locator(':checked')).waitFor();
  await page.keyboard.press('Escape');
  await button(page, 'Record a voice message').click();
  await phase(page, 'recording');
  await page.locator('.hint-line', { hasText: name }).waitFor();
});

test('[WEB41] the speed is chosen by keyboard, and is remembered', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  await using chromium = await OwnChromium.start();
  const page = await aboutToSpeak(world, chromium);
  await say(page, 3_000);
  await page.locator('li.message[data-state="stored"]').waitFor();
  const play = async (): Promise<void> => {
    await page.locator('li.message').getByRole('button', { name: 'Play' }).click();
    await page.getByRole('region', { name: 'Playing' }).waitFor();
  };
  await play();
  await page.getByRole('button', { name: 'Speed 1×' }).press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Speed' });
  await sheet.getByRole('button', { name: '1.5×' }).press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Speed 1.5×' }).waitFor();
  await page.reload();
  await play();
  await page.getByRole('button', { name: 'Speed 1.5×' }).waitFor();
});
