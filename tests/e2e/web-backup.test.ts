import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { backUp } from '@earshot/backup/back-up.ts';
import { readBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { MemorySource } from '@earshot/backup/source.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { fromTar, toTar } from '@earshot/backup/vaults/tar.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { DRAFTS, filesOf, messageLine, parseLines } from '@earshot/client/recovery/copy-format.ts';
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
  // Saved is not verified: it counts once she has shown it, and only whole and with her key.
  await page.getByText(/A file was made on/).waitFor();
  assert.equal(await page.getByText(/^earshot noor\.tar: last checked/).count(), 0);
  const torn = Buffer.from(await readFile(file));
  const at = torn.indexOf('age-encryption') + 100;
  torn.writeUInt8(torn.readUInt8(at) ^ 1, at);
  for (const [buffer, said] of [[torn, 'A part of the backup is not what was stored.'], [await readFile(file), /^earshot noor\.tar: last checked/]] as const) {
    const [asked] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Check the file').click()]);
    await asked.setFiles({ name: 'earshot noor.tar', mimeType: 'application/x-tar', buffer });
    await page.getByText(said).first().waitFor();
  }
  assert.equal(await page.getByText(/A file was made on/).count(), 0);
  await button(page, 'Choose the folder').click();
  await page.getByText('Brought back: 0. Here already: 1.').waitFor();
  await page.reload();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose the file').click()]);
  await chooser.setFiles(file);
  await page.getByText('Brought back: 0. Here already: 1.').waitFor();
  // What the server does not know goes into her notes when she says so, and what came back before that is still told.
  const [again] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose the file').click()]);
  await again.setFiles({ name: 'lost.tar', mimeType: 'application/x-tar', buffer: Buffer.from(await withLost(await readFile(file), key)) });
  await button(page, 'Put them into my notes').click();
  const outcome = page.getByRole('status').filter({ hasText: 'Brought back: 0. Here already: 1.' });
  await outcome.getByText('Recorded and not sent before: 1.').waitFor();
  await outcome.getByText('In your notes now: 1.').waitFor();
  assert.equal(await button(page, 'Put them into my notes').count(), 0);
  await page.goto(`${world.origin}/where/${message}`);
  await page.locator('li[data-place=device][data-state=has]').waitFor();
  await page.locator('li[data-place=server][data-state=has]').waitFor();
});

test('[OWN18] [WHERE3] what was deleted on purpose says so, and comes back when it is asked for by name; one conversation comes back alone', async () => {
  await page.goto(`${world.origin}/settings`);
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as one file').click()]);
  const file = { name: 'mine.tar', mimeType: 'application/x-tar', buffer: await readFile(await download.path()) };
  await page.getByRole('link', { name: /Notes/ }).click();
  const bubble = page.locator('li.message[data-state=stored]').first();
  const id = (await bubble.getAttribute('data-message')) ?? '';
  await bubble.getByRole('button', { name: 'Options for this message' }).click();
  await button(page, 'Take back').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByText('Taken back for everyone.').waitFor();
  await page.goto(`${world.origin}/settings`);
  await page.locator(`[data-deleted="${id}"]`).getByRole('button', { name: /^Delete for good/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.locator(`[data-deleted="${id}"]`).waitFor({ state: 'detached' });
  const choose = async (): Promise<void> => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Choose the file').click()]);
    await chooser.setFiles(file);
  };
  await page.getByLabel('What is to be brought back').selectOption({ label: 'Only with: Notes' });
  await choose();
  await page.getByText('Deleted on purpose, and left so: 1.').waitFor();
  await page.goto(`${world.origin}/where/${id}`);
  await page.getByText('It was removed on purpose, so it is not looked for').waitFor();
  assert.equal(await button(page, 'Look everywhere').count(), 0);
  await choose();
  await page.getByText('It was deleted on purpose, or its time ran out').waitFor();
  await button(page, 'Bring it back all the same').click();
  await page.getByText('It is here. You can play it.').waitFor();
});

test('[OWN17] the folder is chosen once: it is looked in for what is missing, and each day a backup is made there, unless that is switched off', async () => {
  const backups = (): Promise<number> => page.evaluate(async () => {
    const chosen = await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen');
    let count = 0;
    for await (const name of (await chosen.getDirectoryHandle('snapshots')).keys()) count += Number(name.endsWith('.json'));
    return count;
  });
  const aDayLater = async (): Promise<void> => {
    await page.evaluate(() => localStorage.setItem('ahead', String(Number(localStorage.getItem('ahead') ?? 0) + 90_000_000)));
    await page.goto(`${world.origin}/settings`);
    await button(page, 'Back up to “chosen” now').waitFor();
  };
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + Number(localStorage.getItem('ahead') ?? 0);
  });
  await page.goto(`${world.origin}/settings`);
  await button(page, 'Back up to “chosen” now').click();
  await page.getByText('Backed up, and read back to be sure.').waitFor();
  await page.getByRole('link', { name: /Notes/ }).click();
  const message = await page.locator('li.message[data-state=stored]').first().getAttribute('data-message');
  await page.goto(`${world.origin}/where/${message ?? ''}`);
  await page.locator('li[data-place=backup][data-state=has]').waitFor();
  const made = await backups();
  await spoilOldest();
  await aDayLater();
  while ((await backups()) < made + 1) await page.waitForTimeout(200);
  await page.getByRole('switch', { name: 'Back up there every day while Earshot is open' }).uncheck();
  await aDayLater();
  await page.getByText('No older backup was removed this time').waitFor();
  await page.waitForTimeout(3_000);
  assert.equal(await backups(), made + 1);
});

/** The list of the oldest backup in the folder that was chosen is no longer what was written. */
async function spoilOldest(): Promise<void> {
  await page.evaluate(async () => {
    const snapshots = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen')).getDirectoryHandle('snapshots');
    let oldest: string | undefined;
    for await (const name of snapshots.keys()) if (oldest === undefined || name < oldest) oldest = name;
    const file = await (await snapshots.getFileHandle(oldest ?? '')).createWritable();
    await file.write('rot');
    await file.close();
  });
}

/** The same backup with its message a second time, in a conversation that nobody knows, and a third time, not sent into hers. */
async function withLost(file: Uint8Array, key: string): Promise<Uint8Array> {
  const { secret, recipient } = await readBackupKey(key);
  const repository = await Repository.open(fromTar(file));
  const files = new SnapshotFiles(repository, await repository.snapshot((await repository.snapshotNames()).at(-1) ?? ''), secret);
  const source = new MemorySource();
  for (const path of await files.paths()) source.contents.set(path, await files.read(path));
  const path = (await files.paths()).find((one) => one.startsWith('messages/')) ?? '';
  const [line] = parseLines(messageLine, await files.read(path), path);
  assert.ok(line);
  const [log, id] = [makeId(systemRandom), makeId(systemRandom)];
  const [there, unknown] = [filesOf(line.log, line.seq), filesOf(log, line.seq)];
  const blobs = line.blobs.map((blob) => ({ ...blob, id: makeId(systemRandom) }));
  const sound = await files.read(there.sound);
  source.contents.set(unknown.lines, utf8(`${JSON.stringify({ ...line, id, log, blobs })}\n`)).set(unknown.sound, sound);
  const { fileName: name, forwarded: _, ...content } = line.content;
  const body = { take: makeId(systemRandom), conversation: line.log, made: line.at, message: { kind: 'message', ...content, source: { from: 'file', name } } };
  source.contents.set(DRAFTS.lines, utf8(`${JSON.stringify({ id: body.take, body, blobs: blobs.map((blob) => ({ ...blob, id: makeId(systemRandom) })), sound: line.sound })}\n`)).set(DRAFTS.sound, sound);
  const vault = new MemoryVault();
  await backUp({ repository: await Repository.create(vault, { recipient, salt: systemRandom.bytes(32), made: 0 }), source, clock: systemClock, random: systemRandom });
  return toTar(vault, 0);
}
