import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOggOpus, type OggOpusFile } from '@earshot/audio/ogg-opus-reader.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { fetchTransport } from '@earshot/client/transports/fetch-transport.ts';
import type { Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { compare, hear, humanVoice } from '../browser/recorder-voice.ts';
import { button, inviteLink, joinAs, openPage, phase, talkTo, webWorld, type WebWorld } from './web-world.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

/** Ben, a program: what arrives at his side was checked by its hash. */
async function listener(world: WebWorld, invitation: string): Promise<Earshot> {
  const transport = fetchTransport({ server: world.origin, socketHeaders: true });
  const ben = await createEarshot({ store: memoryStore(), locks: memoryLocks(), clock: systemClock, random: systemRandom, transport });
  await ben.account.join({ invitation, handle: 'ben', name: 'Ben Okafor', password: 'three unrelated words', deviceName: 'program' });
  await ben.start();
  return ben;
}

/** What Ben gets next. */
function arriving(ben: Earshot): Promise<OggOpusFile> {
  const { promise, resolve } = Promise.withResolvers<string>();
  ben.on((one) => {
    if (one.type === 'message') resolve(one.message);
  });
  return promise.then(async (message) => readOggOpus(await ben.messages.audio(message)));
}

/** Bytes of uploads that leave the page, from now on. */
function meter(page: Page): { bytes: number; ended: number } {
  const seen = { bytes: 0, ended: 0 };
  page.on('request', (request) => {
    if (!request.url().includes('/uploads')) return;
    if (request.method() === 'DELETE') seen.ended += 1;
    // Of a browser that is killed meanwhile nobody hears it.
    else void request.allHeaders().then((headers) => (seen.bytes += Number(headers['content-length'] ?? 0)), () => undefined);
  });
  return seen;
}

/** What a handle leaves at the least. */
const REST = 0.5;
/** The draft's length, as its handle says. */
const seconds = async (page: Page): Promise<number> => Number(await handle(page, 'start').getAttribute('aria-valuemax')) + REST;
const becomes = (page: Page, from: number, to: number) =>
  page.waitForFunction(([least, most]) => {
    const longest = Number(document.querySelector('.trim')?.getAttribute('aria-valuemax'));
    return longest >= least && longest <= most;
  }, [from - REST, to - REST] as const);
const handle = (page: Page, end: 'start' | 'end') => page.getByRole('slider', { name: `Cut from the ${end}` });
/** The last second or two make no full record yet: they stay on the device until more is said, or it is sent. */
const onServer = (page: Page) => page.waitForFunction(() => /^0:0[5-9] on the server/.test(document.querySelector<HTMLElement>('.custody')?.title ?? ''));

async function speakFor(page: Page, milliseconds: number): Promise<void> {
  await phase(page, 'recording');
  await page.waitForTimeout(milliseconds);
  await button(page, 'Pause').click();
  await phase(page, 'paused');
}

/** Every stretch of what arrived is in what was spoken, and sounds like it. */
async function sounds(file: OggOpusFile, spoken: Float32Array, from: number, to: number): Promise<number> {
  const heard = await hear(file.packets, file.preSkip);
  const { median, lag } = compare(heard.slice(from * 48_000, to * 48_000), spoken);
  assert.ok(median > 0.85, `${median} from ${from} s to ${to} s`);
  return lag / 48_000;
}

test('[EDIT3] [KEPT1] cut from both ends, undone, a pause put in, the end said again: what arrives is what is heard, and what is untouched travels once', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0870.wav', 'librivox/sense_and_sensibility_01_austen_64kb-0890.wav'], 0);
  await using chromium = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Ada Sørensen');
  await using ben = await listener(world, await inviteLink(page));
  await talkTo(page, 'Ben Okafor');
  await button(page, 'Record a voice message').click();
  await speakFor(page, 5_000);
  const whole = await seconds(page);

  // By keyboard: a second off the start.
  await handle(page, 'start').press('PageUp');
  assert.equal(await handle(page, 'start').getAttribute('aria-valuetext'), 'Cut 1 second');
  await handle(page, 'start').press('Enter');
  await becomes(page, whole - 1.1, whole - 0.9);

  // By pointer: about half off the end, and undone.
  const box = await page.locator('.draft-sound').boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await becomes(page, 0, whole * 0.6);
  await page.getByRole('group', { name: 'Change the recording' }).getByRole('button', { name: 'Undo' }).click();
  await becomes(page, whole - 1.1, whole - 0.9);

  // A pause at two seconds.
  const place = page.getByRole('slider', { name: 'Position in the draft' });
  await place.press('ArrowRight');
  await phase(page, 'listening');
  await place.press('ArrowRight');
  await button(page, 'Add a pause').click();
  await phase(page, 'paused');
  await becomes(page, whole - 0.3, whole - 0.1);

  // The end said again, from three seconds on.
  await place.press('ArrowRight');
  await phase(page, 'listening');
  for (let step = 0; step < 2; step += 1) await place.press('ArrowRight');
  await button(page, 'Say again').click();
  await speakFor(page, 3_000);
  await place.press('Home');
  await button(page, 'Stop listening').or(button(page, 'Listen to the draft')).waitFor();
  const length = await seconds(page);
  assert.ok(length > 5.5 && length < 8, String(length));
  const arrived = arriving(ben);
  await button(page, 'Send').click();
  const file = await arrived;
  assert.ok(Math.abs(file.packets.length / 50 - length) < 0.15, `${file.packets.length} packets for ${length} s`);

  const before = await sounds(file, voice.mono, 0.2, 1.8);
  const heard = await hear(file.packets, file.preSkip);
  const loudest = heard.subarray(Math.round(2.1 * 48_000), Math.round(2.7 * 48_000)).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  assert.ok(loudest < 0.001, `${loudest} where the pause is`);
  const again = await sounds(file, voice.mono, 3.3, length - 0.3);
  // What was said in the place of the old end came later than it.
  assert.ok(again - before > 3.1 + 1, `${before} ${again}`);
}));

test('[EDIT3] the browser is killed between the edit and sending: the edit holds, and only what it touched travels again', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0870.wav', 'librivox/sense_and_sensibility_01_austen_64kb-0890.wav'], 0);
  await using first = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(first.context);
  const seen = meter(page);
  await joinAs(page, world.origin, await world.invitation(), 'Ada Sørensen');
  await using ben = await listener(world, await inviteLink(page));
  await talkTo(page, 'Ben Okafor');
  await button(page, 'Record a voice message').click();
  await speakFor(page, 6_000);
  // The next sound belongs to another part: an edit ends the one before.
  await handle(page, 'start').press('PageUp');
  await handle(page, 'start').press('Enter');
  await button(page, 'Continue recording').click();
  await speakFor(page, 3_000);
  await onServer(page);
  const sent = seen.bytes;
  const length = (await seconds(page)) - 1;
  await handle(page, 'end').press('PageDown');
  await handle(page, 'end').press('Enter');
  await becomes(page, length - 0.1, length + 0.1);
  const cookies = await first.context.cookies();
  await first.kill();

  await using second = await OwnChromium.start({ voice: voice.path, profile: first.profile });
  await second.context.addCookies(cookies);
  const next = await openPage(second.context);
  const again = meter(next);
  await next.goto(world.origin);
  await next.getByRole('link', { name: /Ben Okafor.*Draft/s }).click();
  const arrived = arriving(ben);
  await next.locator('.draft').getByRole('button', { name: 'Send' }).click();
  const file = await arrived;
  assert.ok(Math.abs(file.packets.length / 50 - length) < 0.15, `${file.packets.length} packets for ${length} s`);
  await sounds(file, voice.mono, 0.2, 4.5);
  assert.ok(sent > 15_000 && again.bytes < sent / 3, `${again.bytes} bytes travelled again after ${sent}`);
  await next.locator('li.message').waitFor();
  assert.equal(await next.locator('li.message').count(), 1);
}));
