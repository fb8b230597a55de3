import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, webWorld, type WebWorld } from './web-world.ts';

let world: WebWorld;
let chromium: OwnChromium;
let page: Page;

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start({ voice: null });
  page = await openPage(chromium.context);
  // The folder that a person would choose: nobody can press in that window here.
  await page.addInitScript(() => {
    const pick = async (): Promise<FileSystemDirectoryHandle> => await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen', { create: true });
    Object.assign(window, { showDirectoryPicker: pick });
  });
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Send an audio file').waitFor();
  await page.locator('input[type=file]').setInputFiles(voice);
  await page.locator('li.message[data-state=stored]').waitFor();
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

test('[OWN7] in the app a person backs up to a folder and to one file, shows that she has the key, and brings back from both', async () => {
  const [message = ''] = await page.locator('li.message').evaluateAll((found) => found.map((one) => one.getAttribute('data-message') ?? ''));
  await page.goto(`${world.origin}/settings`);
  await button(page, 'Back up to a folder').click();
  const key = (await page.locator('.backup-key').innerText()).trim();
  assert.match(key, /^AGE-SECRET-KEY-1/);
  const last = page.getByLabel('The last six characters of the key, to be sure');
  await last.fill('WRONG1');
  await button(page, 'I have it. Back up now').click();
  await page.getByText('This is not how it ends.').waitFor();
  await last.fill(key.slice(-6));
  await button(page, 'I have it. Back up now').click();
  await page.getByText('Backed up, and read back to be sure.').waitFor();
  await page.getByText(/^chosen: last checked/).waitFor();
  // The key is with her and with this device: nobody is asked again.
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as one file').click()]);
  const file = await download.path();
  await button(page, 'Choose the folder').click();
  await page.getByText('Brought back: 0. Here already: 1.').waitFor();
  await page.reload();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose the file').click()]);
  await chooser.setFiles(file);
  await page.getByText('Brought back: 0. Here already: 1.').waitFor();
  await page.goto(`${world.origin}/where/${message}`);
  await page.locator('li[data-place=device][data-state=has]').waitFor();
  await page.locator('li[data-place=server][data-state=has]').waitFor();
});
