import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, webWorld, type WebWorld } from './web-world.ts';

/** More than the conversation and the gallery show at first. */
const MANY = 56;
let world: WebWorld;
let chromium: OwnChromium;
let page: Page;

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start();
  page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Send an audio file').waitFor();
  await sendMany();
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const nameOf = (number: number): string => `note ${String(number).padStart(2, '0')}.ogg`;
const rows = (where: Page): Locator => where.locator('li.gallery-row');

/** Many short messages, one after the other: the app takes one file at a time. */
async function sendMany(): Promise<void> {
  const path = join(world.folder, 'note.ogg');
  await promisify(execFile)('ffmpeg', ['-loglevel', 'error', '-f', 'lavfi', '-i', 'sine=frequency=300:duration=0.6', '-c:a', 'libopus', '-ac', '1', '-b:a', '24k', '-frame_duration', '20', path]);
  const buffer = await readFile(path);
  for (let number = 1; number <= MANY; number += 1) await send(number, buffer);
}

async function send(number: number, buffer: Buffer): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name: nameOf(number), mimeType: 'audio/ogg', buffer });
  await page.locator('li.message[data-state=stored]').filter({ hasText: nameOf(number) }).waitFor();
}

test('[FIND6] more is asked for with two quick presses, and each message is listed once; what is taken back leaves the list while one looks, and the choice', { timeout: 300_000 }, async () => {
  await page.getByRole('link', { name: 'All voice messages' }).first().click();
  await rows(page).nth(49).waitFor();
  // Both presses in one turn, before anything could be read.
  await button(page, 'Show more').evaluate((more: HTMLButtonElement) => {
    more.click();
    more.click();
  });
  await rows(page).nth(MANY - 1).waitFor();
  await button(page, 'Show more').waitFor({ state: 'detached' });
  assert.equal(await rows(page).count(), MANY);
  await button(page, 'Choose').click();
  await button(page, 'Choose all').click();
  await page.getByText(`${MANY} chosen`).first().waitFor();

  const tab = await openPage(chromium.context);
  await tab.goto(page.url().replace('/gallery', ''));
  await tab.getByRole('link', { name: /Notes/ }).click();
  const last = tab.locator('li.message[data-message]').last();
  await last.getByRole('button', { name: 'Options for this message' }).click();
  await tab.getByRole('dialog').getByRole('button', { name: /^Take back/ }).click();
  await tab.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await rows(page).filter({ hasText: nameOf(MANY) }).waitFor({ state: 'detached' });
  await page.getByText(`${MANY - 1} chosen`).first().waitFor();
  assert.equal(await rows(page).count(), MANY - 1);
  await tab.close();
});

test('[FIND7] from the gallery one is led to a message that the conversation does not show at first, and once only', { timeout: 300_000 }, async () => {
  await rows(page).filter({ hasText: nameOf(1) }).getByRole('button', { name: /^Show in the conversation/ }).click();
  const bubble = page.locator('li.message[data-message]').filter({ hasText: nameOf(1) });
  await bubble.waitFor();
  const inSight = (): Promise<boolean> => bubble.evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    const room = one.closest('.scroll')?.getBoundingClientRect();
    return room !== undefined && top >= room.top && bottom <= room.bottom;
  });
  assert.ok(await inSight());
  // What comes later leads nobody back there who went on.
  await page.getByRole('region', { name: 'Messages' }).evaluate((room) => room.scrollTo(0, room.scrollHeight));
  await send(MANY + 1, await readFile(join(world.folder, 'note.ogg')));
  assert.ok(!(await inSight()));
});

test('[WEB46] in the gallery as well it is said why a message does not play, and why it is not saved', { timeout: 300_000 }, async () => {
  await page.goto(`${world.origin}/gallery`);
  const first = rows(page).first();
  const play = first.getByRole('button', { name: /^Play/ });
  await play.waitFor();
  await page.evaluate(() => {
    HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('a touch first', 'NotAllowedError'));
    BaseAudioContext.prototype.decodeAudioData = () => Promise.reject(new DOMException('no Ogg here', 'EncodingError'));
  });
  await play.click();
  const why = page.getByRole('alert').filter({ hasText: 'The browser wants a touch before it makes a sound.' });
  await why.waitFor();
  await page.getByRole('region', { name: 'Playing' }).getByRole('button', { name: 'Stop playing' }).click();
  await why.waitFor({ state: 'detached' });
  await button(page, 'Choose').click();
  await first.getByRole('checkbox').check();
  await button(page, 'Save as WAV').click();
  await page.getByText('This browser cannot play this sound.').waitFor();
});
