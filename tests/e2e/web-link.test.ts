import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import encodeQR from 'qr';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, openPage, PASSWORD, say, talkTo, webWorld } from './web-world.ts';

let chromium: OwnChromium;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-sight-'));
  chromium = await OwnChromium.start({ sight: join(folder, 'sight.y4m') });
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What a camera sees that is held before this code: ten pictures of 640 by 480. */
function film(text: string): Uint8Array {
  const [width, height, scale, edge] = [640, 480, 8, 40];
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: 3 });
  const grey = new Uint8Array(width * height * 1.5).fill(128);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const dark = rows[Math.floor((y - edge) / scale)]?.[Math.floor((x - edge) / scale)] === true;
      grey[y * width + x] = dark ? 16 : 235;
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), grey]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array.from({ length: 10 }, () => frame)]);
}

async function addDevice(page: Page): Promise<string> {
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Add a device').click();
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('dialog input')?.value.includes('#') === true);
  return await page.getByLabel('Link for the new device').inputValue();
}

test('[PAIR6] a new device scans the picture of an old one and has what was said; another one opens the link, a third compares digits', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const [old, friend] = [await openPage(await chromium.device()), await openPage(await chromium.device())];
  await joinAs(old, world.origin, await world.invitation(), 'Noor');
  await joinAs(friend, world.origin, await inviteLink(old), 'Ada');
  await talkTo(friend, 'Noor');
  await say(friend);
  const heardOf = (page: Page): Promise<void> => page.getByRole('link', { name: /Ada/ }).first().waitFor();
  await heardOf(old);

  await writeFile(join(folder, 'sight.y4m'), film(await addDevice(old)));
  const scanning = await openPage(await chromium.device());
  await scanning.goto(world.origin);
  await button(scanning, 'I have another device').click();
  await button(scanning, 'Scan the picture').click();
  await old.getByText('The new device is in.').waitFor();
  await heardOf(scanning);
  await button(old, 'Close').click();

  await old.reload();
  const link = await addDevice(old);
  const opening = await openPage(await chromium.device());
  await opening.goto(link);
  await button(opening, 'Come in').click();
  assert.equal(new URL(opening.url()).hash, '', 'the code has left the address bar');
  await heardOf(opening);
  await button(old, 'Close').click();

  const locked = await openPage(await chromium.device());
  await locked.goto(world.origin);
  await locked.getByLabel('Your handle').fill('noor');
  await locked.getByLabel('Password').fill(PASSWORD);
  await button(locked, 'Sign in').click();
  await button(locked, 'Compare digits instead').click();
  await addDevice(old);
  await button(old, 'Compare').click();
  const digits = await old.locator('.digits').innerText();
  assert.equal(await locked.locator('.digits').innerText(), digits);
  await button(locked, 'The same').click();
  await button(old, 'The same').click();
  await heardOf(locked);
});
