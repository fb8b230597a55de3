import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import type { Locator, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { compare, hear, humanVoice, type Voice } from '../browser/recorder-voice.ts';
import { button, joinAs, openPage, webWorld, type WebWorld } from './web-world.ts';

const run = promisify(execFile);
let world: WebWorld;
let chromium: OwnChromium;
let page: Page;
let voice: Voice;

before(async () => {
  world = await webWorld();
  voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0890.wav'], 0);
  chromium = await OwnChromium.start({ voice: null });
  page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Send an audio file').waitFor();
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** The recording in another format. */
async function made(name: string, ...options: string[]): Promise<string> {
  const path = join(world.folder, name);
  await run('ffmpeg', ['-loglevel', 'error', '-y', '-i', voice.path, ...options, path]);
  return path;
}

const choose = (path: string): Promise<void> => page.locator('input[type=file]').setInputFiles(path);
const messages = (): Locator => page.locator('li.message');

/** Chooses the file and gives back what a listener would hear of the message it became. */
async function sent(path: string): Promise<{ sound: Float32Array; packets: readonly Uint8Array[] }> {
  const beforehand = await messages().count();
  await choose(path);
  await messages().nth(beforehand).waitFor();
  const bubble = messages().nth(beforehand);
  await page.waitForFunction((index) => document.querySelectorAll('li.message')[index]?.getAttribute('data-state') === 'stored', beforehand);
  assert.match(await bubble.innerText(), new RegExp(path.slice(path.lastIndexOf('/') + 1).replaceAll('.', '\\.')));
  await bubble.getByRole('button', { name: 'Options for this message' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save as a file').click()]);
  const file = readOggOpus(await readFile(await download.path()));
  return { sound: await hear(file.packets, file.preSkip), packets: file.packets };
}

/** Chooses the file and gives back the code of its refusal. */
async function refused(path: string): Promise<string | null> {
  const beforehand = await messages().count();
  await choose(path);
  const code = await page.locator('.importing.refused .problem').getAttribute('data-code');
  await page.locator('.importing').getByRole('button', { name: 'Close' }).click();
  assert.equal(await messages().count(), beforehand, 'nothing half-made stays');
  return code;
}

const formats: readonly (readonly [name: string, ...options: string[]])[] = [
  ['speech.wav'],
  ['speech 44k stereo.wav', '-ar', '44100', '-ac', '2'],
  ['speech.mp3', '-c:a', 'libmp3lame'],
  ['speech.m4a', '-c:a', 'aac'],
  ['speech.aac', '-c:a', 'aac'],
  ['speech.flac', '-c:a', 'flac'],
  ['speech.webm', '-c:a', 'libopus'],
  ['vorbis.ogg', '-c:a', 'libvorbis'],
];

for (const [name, ...options] of formats) {
  test(`[WEB11] ${name} becomes a voice message on the device`, { timeout: 300_000 }, async () => {
    const { sound } = await sent(await made(name, ...options));
    const likeness = compare(voice.mono, sound);
    assert.ok(likeness.median > 0.85 && likeness.first > 0.3 && likeness.last > 0.3, JSON.stringify(likeness));
  });
}

test('[WEB11] an Ogg Opus file is taken over packet by packet', { timeout: 300_000 }, async () => {
  const path = await made('speech.ogg', '-c:a', 'libopus', '-ac', '1', '-b:a', '24k', '-frame_duration', '20');
  const { packets } = await sent(path);
  assert.deepEqual(packets, readOggOpus(await readFile(path)).packets);
});

test('[WEB11] what cannot be read is refused by its reason, and nothing half-made stays', { timeout: 300_000 }, async () => {
  const write = async (name: string, bytes: Uint8Array | string): Promise<string> => {
    const path = join(world.folder, name);
    await writeFile(path, bytes);
    return path;
  };
  const wav = await readFile(voice.path);
  const ogg = await readFile(await made('whole.ogg', '-c:a', 'libopus'));
  const flipped = Uint8Array.from(ogg);
  flipped[Math.floor(flipped.length / 2)] = (flipped[Math.floor(flipped.length / 2)] ?? 0) ^ 0xff;
  const m4a = await readFile(await made('whole.m4a', '-c:a', 'aac'));
  assert.equal(await refused(await write('empty.mp3', '')), 'audio.empty');
  assert.equal(await refused(await write('letter.mp3', 'Dear Ada, this is a letter and no sound at all.\n'.repeat(50))), 'audio.not-audio');
  assert.equal(await refused(await write('torn.wav', wav.subarray(0, wav.length / 2))), 'audio.torn');
  assert.equal(await refused(await write('torn.ogg', ogg.subarray(0, ogg.length - 100))), 'audio.torn');
  assert.equal(await refused(await write('flipped.ogg', flipped)), 'audio.damaged');
  const mp3 = await readFile(await made('whole.mp3', '-c:a', 'libmp3lame'));
  assert.equal(await refused(await write('torn.mp3', mp3.subarray(0, mp3.length / 2))), 'audio.torn');
  assert.match((await refused(await write('torn.m4a', m4a.subarray(0, m4a.length / 2)))) ?? '', /^audio\.(torn|damaged|not-audio)$/);
  assert.equal(world.openUploads(), 0, 'the server keeps nothing of them');
});

test('[WEB11] a file without a sound is sent only after asking', { timeout: 300_000 }, async () => {
  const path = join(world.folder, 'silence.wav');
  await run('sox', ['-n', '-r', '48000', '-b', '16', '-c', '1', path, 'trim', '0', '2']);
  const beforehand = await messages().count();
  await choose(path);
  const sheet = page.getByRole('dialog', { name: 'There is no sound in this file' });
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await sheet.waitFor({ state: 'detached' });
  assert.equal(await messages().count(), beforehand);
});

test('[WEB11] a file is dropped onto the conversation', { timeout: 300_000 }, async () => {
  const beforehand = await messages().count();
  const bytes = await readFile(voice.path);
  const transfer = await page.evaluateHandle((base64) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'dropped.wav', { type: 'audio/wav' }));
    return data;
  }, bytes.toString('base64'));
  await page.locator('main').dispatchEvent('dragover', { dataTransfer: transfer });
  await page.getByText('Drop to send it as a voice message').waitFor();
  await page.locator('main').dispatchEvent('drop', { dataTransfer: transfer });
  await messages().nth(beforehand).waitFor();
});

test('[WEB11] a long file shows its progress and can be cancelled', { timeout: 300_000 }, async () => {
  const path = join(world.folder, 'long.webm');
  await run('ffmpeg', ['-loglevel', 'error', '-stream_loop', '250', '-i', voice.path, '-c:a', 'libopus', '-b:a', '8k', path]);
  const beforehand = await messages().count();
  await choose(path);
  await page.locator('.importing').getByText(/Reading long\.webm/).waitFor();
  await page.locator('.importing').getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Nothing was sent.').waitFor();
  assert.equal(await messages().count(), beforehand);
  assert.equal(world.openUploads(), 0);
});
