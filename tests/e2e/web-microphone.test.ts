import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';
import { beginRecording, button, joinAs, openPage, phase, recorded, say, webWorld, type WebWorld } from './web-world.ts';

let world: WebWorld;
let asking: OwnChromium;
let allowing: OwnChromium;
/** She may speak. */
let ada: Page;
let adas = 0;

before(async () => {
  world = await webWorld();
  [asking] = await Promise.all([OwnChromium.start({ permission: 'ask' }), begin()]);
});

async function begin(): Promise<void> {
  allowing = await OwnChromium.start();
  adas += 1;
  ada = await aboutToSpeak(allowing, `Ada ${adas}`);
}

/** On a machine that is busy otherwise the sound of a browser may hang for good. Another Ada, since the first one has her handle. */
async function beginAnew(): Promise<void> {
  await allowing[Symbol.asyncDispose]();
  await begin();
}

after(async () => {
  await asking[Symbol.asyncDispose]();
  await allowing[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** Somebody in her notes, about to speak. */
async function aboutToSpeak(chromium: OwnChromium, name: string): Promise<Page> {
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), name);
  await page.getByRole('link', { name: /Notes/ }).click();
  return page;
}

const fault = (page: Page, code: string) => page.locator(`.problem[data-code="${code}"]`);

async function nothingRecorded(page: Page): Promise<void> {
  await phase(page, 'idle');
  assert.equal(await page.locator('.draft, li.message').count(), 0);
}

test('[WEB40] a question that was closed, by us or by the browser, and a microphone that is not there or is forbidden have words of their own; once allowed the same button records', { timeout: 300_000 }, async () => {
  const page = await aboutToSpeak(asking, 'Noor');
  // Our own question is closed: nothing happened, and nothing need be said.
  await button(page, 'Record a voice message').click();
  await page.getByRole('dialog', { name: 'Your voice, with your permission' }).waitFor();
  await page.keyboard.press('Escape');
  await nothingRecorded(page);
  assert.equal(await page.locator('.problem').count(), 0);
  // Closing the browser's question needs a window with edges; this is all that the page hears of it.
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('Permission dismissed', 'NotAllowedError');
    };
  });
  await button(page, 'Record a voice message').click();
  await page.getByRole('dialog', { name: 'Your voice, with your permission' }).getByRole('button', { name: 'Go on' }).click();
  await fault(page, 'mic.dismissed').getByText('The question about the microphone was closed without an answer.').waitFor();
  await nothingRecorded(page);

  // A browser that has none says so with this error, as the fault matrix has seen. We do not ask twice.
  await page.reload();
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('Requested device not found', 'NotFoundError');
    };
  });
  await button(page, 'Record a voice message').click();
  await fault(page, 'mic.none').getByText('No microphone is connected.').waitFor();
  await nothingRecorded(page);

  await page.reload();
  const permit = async (setting: 'denied' | 'granted'): Promise<void> => {
    const session = await asking.context.newCDPSession(page);
    await session.send('Browser.setPermission', { permission: { name: 'microphone' }, setting });
  };
  await permit('denied');
  // The browser will not ask, so nothing announces that it would.
  await button(page, 'Record a voice message').click();
  await fault(page, 'mic.denied').getByText('The browser does not let this page use the microphone.').waitFor();
  await fault(page, 'mic.denied').getByText(/Allow the microphone for this page/).waitFor();
  await nothingRecorded(page);
  await permit('granted');
  await beginRecording(page);
  await page.locator('.problem').waitFor({ state: 'detached' });
});

test('[WEB40] a page over plain HTTP says so instead of opening', { timeout: 300_000 }, async () => {
  const page = await openPage(await allowing.device());
  await page.goto(`${world.origin.replace('localhost', 'insecure.test')}/join#${await world.invitation()}`);
  await page.getByRole('heading', { name: 'Browsers give no microphone to pages opened over plain HTTP.' }).waitFor();
  await page.getByText('Open the address that begins with https, or ask the operator to set one up.').waitFor();
});

test('[WEB41] the speed is chosen by keyboard, and is remembered', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await say(ada, 3);
  await ada.locator('li.message[data-state="stored"]').waitFor();
  const play = async (): Promise<void> => {
    await ada.locator('li.message').getByRole('button', { name: 'Play' }).click();
    await ada.getByRole('region', { name: 'Playing' }).waitFor();
  };
  await play();
  await ada.getByRole('button', { name: 'Speed 1×' }).press('Enter');
  const sheet = ada.getByRole('dialog', { name: 'Speed' });
  await sheet.getByRole('button', { name: '1.5×' }).press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await ada.getByRole('button', { name: 'Speed 1.5×' }).waitFor();
  await ada.reload();
  await play();
  await ada.getByRole('button', { name: 'Speed 1.5×' }).waitFor();
}, beginAnew));

test('[WEB41] the microphone is chosen by keyboard, in mid-speech as well, and is remembered', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  const said = await ada.locator('li.message').count();
  const choose = ada.getByRole('button', { name: /^Microphone: / });
  const sheet = ada.getByRole('dialog', { name: 'Microphone' });
  await choose.press('Enter');
  await sheet.getByRole('radio', { name: 'The system’s choice' }).and(ada.locator(':checked')).waitFor();
  await ada.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.ok(await choose.evaluate((element) => element === document.activeElement), 'the focus is where it was');

  await beginRecording(ada);
  await choose.press('Enter');
  await sheet.getByRole('radio').nth(2).waitFor();
  const name = (await sheet.locator('label').nth(2).innerText()).trim();
  await sheet.getByRole('radio').first().focus();
  await ada.keyboard.press('ArrowDown');
  await ada.keyboard.press('ArrowDown');
  await ada.keyboard.press('Escape');
  await ada.locator('.hint-line', { hasText: name }).waitFor();
  // Less than a second would be sent only after asking.
  await recorded(ada, 2);
  await button(ada, 'Send').click();
  await ada.locator('li.message[data-state="stored"]').nth(said).waitFor();

  await ada.reload();
  await choose.click();
  await sheet.getByRole('radio', { name }).and(ada.locator(':checked')).waitFor();
  await ada.keyboard.press('Escape');
  await beginRecording(ada);
  await ada.locator('.hint-line', { hasText: name }).waitFor();
}, beginAnew));
