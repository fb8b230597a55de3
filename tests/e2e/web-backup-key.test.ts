import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeBackupKey } from '@earshot/backup/key.ts';
import type { Locator, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, joinAs, openPage, PASSWORD, unlock, webWorld, type WebWorld } from './web-world.ts';

let world: WebWorld;
let chromium: OwnChromium;
let page: Page;
let code: string;
let key: string;

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start({ voice: null });
  page = await openPage(chromium.context);
  // The folder that a person would choose, on a disk that is full or never answers: then only the first small file still arrives there. Or it is
  // on a stick that was pulled.
  await page.addInitScript(() => {
    const pick = async (): Promise<FileSystemDirectoryHandle> => {
      const [root, name] = [await navigator.storage.getDirectory(), localStorage.getItem('folder') ?? ''];
      const chosen = await root.getDirectoryHandle(name, { create: true });
      if (localStorage.getItem('disk') === 'pulled') await root.removeEntry(name, { recursive: true });
      return chosen;
    };
    Object.assign(window, { showDirectoryPicker: pick });
    const open = Object.getOwnPropertyDescriptor(FileSystemFileHandle.prototype, 'createWritable')?.value as (this: FileSystemFileHandle) => Promise<FileSystemWritableFileStream>;
    FileSystemFileHandle.prototype.createWritable = async function createWritable(this: FileSystemFileHandle) {
      const disk = this.name === 'earshot-backup.json' ? null : localStorage.getItem('disk');
      if (disk === 'full') throw new DOMException('full', 'QuotaExceededError');
      if (disk === 'hangs') await new Promise(() => undefined);
      return await open.call(this);
    };
  });
  code = await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.goto(`${world.origin}/settings`);
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const given = (name: 'folder' | 'disk', value: string): Promise<void> => page.evaluate(([item, text]) => localStorage.setItem(item, text), [name, value] as const);
const checked = (place: string): Locator => page.getByText(new RegExp(`^${place}: last checked`));
const unfinished = (place: string): Locator => page.getByText(`${place}: no backup was finished there from this device yet.`);
const shownKey = (): Locator => page.locator('.backup-key');
const backedUp = async (): Promise<void> => {
  await page.getByText('Backed up, and read back to be sure.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
};

test('[OWN19] in the app a first backup that failed or was cut off goes on with the same key, and until then its place is named as one without a backup', { timeout: 300_000 }, async () => {
  await given('folder', 'first');
  await given('disk', 'full');
  await button(page, 'Back up to a folder').click();
  key = (await shownKey().innerText()).trim();
  await page.getByLabel('The last six characters of the key, to be sure').fill(key.slice(-6));
  await button(page, 'I have it. Back up now').click();
  await unfinished('first').waitFor();
  assert.equal(await checked('first').count(), 0);
  await given('disk', 'works');
  await button(page, 'Back up to “first” now').click();
  await backedUp();
  await checked('first').waitFor();
  assert.equal(await unfinished('first').count(), 0);
  // The page goes while the next place is written to.
  await given('folder', 'second');
  await given('disk', 'hangs');
  await button(page, 'Back up to another folder').click();
  await page.getByText(/^Backing up: /).waitFor();
  await page.waitForFunction(async () => await (await navigator.storage.getDirectory()).getDirectoryHandle('second').then(async (folder) => await folder.getFileHandle('earshot-backup.json')).then(() => true, () => false));
  await page.reload();
  await unfinished('second').waitFor();
  await given('disk', 'works');
  await button(page, 'Back up to another folder').click();
  await backedUp();
  await checked('second').waitFor();
});

test('[BAK1] in the app a folder that is gone is said not to be reached, and is not taken for an empty one', { timeout: 300_000 }, async () => {
  await given('folder', 'stick');
  await given('disk', 'pulled');
  await button(page, 'Back up to another folder').click();
  await page.getByText('The place for backups cannot be reached or written.').first().waitFor();
  assert.equal(await page.getByText('There is no such backup in this place.').count(), 0);
  await given('disk', 'works');
  await page.reload();
});

test('[OWN19] who signed out and in again backs up to the same folder with the key of before, which is asked for before a new one is shown', { timeout: 300_000 }, async () => {
  await button(page, 'Sign out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Your handle').fill('noor');
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Sign in').click();
  await unlock(page, code);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  await page.goto(`${world.origin}/settings`);
  await page.getByText('Nothing was backed up from this device yet.').waitFor();
  const sheet = page.getByRole('dialog', { name: 'There are backups in “first” already' });
  await given('folder', 'first');
  await button(page, 'Back up to a folder').click();
  await sheet.waitFor();
  assert.equal(await shownKey().count(), 0);
  // Without it she takes a folder in which nothing lies, and there a new key is shown.
  await given('folder', 'third');
  await button(page, 'Choose another folder').click();
  await shownKey().waitFor();
  assert.notEqual((await shownKey().innerText()).trim(), key);
  await button(page, 'Close').click();
  await given('folder', 'first');
  await button(page, 'Back up to a folder').click();
  const field = page.getByLabel('Key of these backups');
  for (const wrong of ['the key', (await makeBackupKey()).secret]) {
    await field.fill(wrong);
    await button(page, 'Back up with this key').click();
    await sheet.getByText('This is not the key of these backups.').waitFor();
  }
  await field.fill(key);
  await button(page, 'Back up with this key').click();
  await backedUp();
  await checked('first').waitFor();
  await page.reload();
  await button(page, 'Back up to “first” now').click();
  await backedUp();
});
