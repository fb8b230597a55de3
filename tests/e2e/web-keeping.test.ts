import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { button, inviteLink, joinAs, openPage, PASSWORD, phase, say, talkTo, undoOnSight, unlock, webWorld, type WebWorld } from './web-world.ts';

let world: WebWorld;
let chromium: OwnChromium;
let noor: Page;
let ben: Page;
let benCode: string;

before(async () => {
  world = await webWorld();
  chromium = await OwnChromium.start();
  noor = await openPage(chromium.context);
  ben = await openPage(await chromium.device());
  await joinAs(noor, world.origin, await world.invitation(), 'Noor');
  benCode = await joinAs(ben, world.origin, await inviteLink(noor), 'Ben');
  await talkTo(noor, 'Ben');
  await talkTo(ben, 'Noor');
});

after(async () => {
  await chromium[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const bubbles = (page: Page): Locator => page.locator('li.message[data-message]');

async function choose(page: Page, bubble: Locator, choice: RegExp): Promise<void> {
  await bubble.getByRole('button', { name: 'Options for this message' }).click();
  await page.getByRole('dialog').getByRole('button', { name: choice }).click();
}

const run = promisify(execFile);

/** How loud each fiftieth of a second of a file is, as ffmpeg decodes it. */
async function levels(path: string): Promise<number[]> {
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', '-ac', '1', '-ar', '8000', '-'], { encoding: 'buffer', maxBuffer: 100_000_000 });
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length - (stdout.length % 4)));
  return Array.from({ length: Math.floor(samples.length / 160) }, (_, at) => Math.hypot(...samples.subarray(at * 160, (at + 1) * 160)));
}

/** The correlation of two courses of loudness. */
function alike(one: readonly number[], other: readonly number[]): number {
  const length = Math.min(one.length, other.length);
  const centred = (values: readonly number[]): number[] => {
    const cut = values.slice(0, length);
    const mean = cut.reduce((sum, value) => sum + value, 0) / length;
    return cut.map((value) => value - mean);
  };
  const [a, b] = [centred(one), centred(other)];
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
}

test('[KEEP2] [KEEP5] what is set for a conversation is shown before one speaks; once heard it is counted down, until somebody keeps it, and the other side sees who', { timeout: 200_000 }, async () => {
  await button(noor, /About this conversation/).click();
  await button(noor, /^How long messages stay/).click();
  await noor.getByRole('radio', { name: '2 minutes after hearing' }).click();
  await button(noor, 'How long the next message stays: 2 minutes after hearing').waitFor();
  await say(noor);
  const heard = bubbles(ben).first();
  await heard.getByText('Goes 2 minutes after it was heard').waitFor();
  await heard.getByRole('button', { name: 'Play' }).click();
  await heard.getByText(/^Goes in [01]:\d\d$/).waitFor();
  await bubbles(noor).first().getByText(/^Goes in [01]:\d\d$/).waitFor();
  await heard.getByRole('button', { name: 'Keep' }).click();
  await heard.getByText('Kept by you').waitFor();
  await bubbles(noor).first().getByText('Kept by Ben').waitFor();
});

test('[KEEP1] [KEEP5] one message is chosen to be heard once: that is said before, and it is gone after; the next is as usual', { timeout: 200_000 }, async () => {
  // Any other time, within what the server allows, which is said.
  await button(noor, /^How long the next message stays/).click();
  const other = noor.getByLabel('Any other time after hearing');
  await other.fill('400');
  await noor.getByText('Whole numbers, from 1 minute to 365 days.').waitFor();
  await button(noor, 'Set').click();
  await noor.getByRole('alert').getByText('Whole numbers, from 1 minute to 365 days.').waitFor();
  await other.fill('45');
  await noor.getByLabel('Unit').selectOption('minutes');
  await button(noor, 'Set').click();
  await button(noor, 'How long the next message stays: 45 minutes after hearing').waitFor();
  await button(noor, /^How long the next message stays/).click();
  await noor.getByRole('radio', { name: 'Heard once, then gone' }).click();
  await button(noor, 'How long the next message stays: Heard once, then gone').waitFor();
  await say(noor);
  await button(noor, 'How long the next message stays: 2 minutes after hearing').waitFor();
  const once = bubbles(ben).nth(1);
  await once.getByText('Can be heard once, then it is gone').waitFor();
  assert.equal(await once.getByRole('button', { name: 'Keep' }).count(), 0);
  await once.getByRole('button', { name: 'Play' }).click();
  await ben.getByText(/A voice message from Noor was here. Its time ran out/).waitFor();
  await noor.getByText(/Your voice message was here. Its time ran out/).waitFor();
});

test('[VANISH8] [VANISH9] a device that comes later says of what expires that it was for those that were there, until somebody keeps it', { timeout: 200_000 }, async () => {
  await say(noor);
  const said = bubbles(ben).last();
  await said.getByText('Goes 2 minutes after it was heard').waitFor();
  const tablet = await openPage(await chromium.device());
  await tablet.goto(world.origin);
  await tablet.getByLabel('Your handle').fill('ben');
  await tablet.getByLabel('Password').fill(PASSWORD);
  await button(tablet, 'Sign in').click();
  await unlock(tablet, benCode);
  await tablet.getByRole('link', { name: /Noor/ }).click();
  const late = bubbles(tablet).last();
  await late.getByText(/opens only on the devices that were there when it was said/).waitFor();
  assert.equal(await late.getByRole('button', { name: 'Play' }).count(), 0);
  await said.getByRole('button', { name: 'Keep' }).click();
  await late.getByRole('button', { name: 'Play' }).click();
  await tablet.locator('li.message.playing').waitFor();
  await tablet.close();
});

test('[KEEP3] [KEEP4] what is deleted for oneself comes back with one touch; what is taken back from everyone leaves a notice and comes back from Recently Deleted', { timeout: 200_000 }, async () => {
  const undo = await undoOnSight(ben, '.gone', (await ben.locator('.gone').count()) + 1);
  await choose(ben, bubbles(ben).first(), /^Delete for me/);
  await undo.pressed();
  await bubbles(ben).first().getByText('Kept by you').waitFor();

  await choose(noor, bubbles(noor).first(), /^Take back/);
  await noor.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await ben.getByText(/^Noor took back a message/).waitFor();
  await noor.getByRole('link', { name: 'Settings' }).click();
  const deleted = noor.locator('[data-deleted]');
  await deleted.getByText(/taken back by you$/).waitFor();
  await deleted.getByRole('button', { name: /^Restore/ }).click();
  await phase(noor, 'idle');
  await bubbles(noor).first().waitFor();
  await bubbles(ben).first().getByText('Kept by you').waitFor();
});

test('[SAVE5] a message is saved as M4A and as MP3 by encoders that are files of this server: the same sound, as long, with tags', { timeout: 200_000 }, async () => {
  const saved = async (pick: () => Promise<void>): Promise<{ path: string; name: string }> => {
    const [file] = await Promise.all([noor.waitForEvent('download'), pick()]);
    return { path: await file.path(), name: file.suggestedFilename() };
  };
  await say(noor);
  const mine = bubbles(noor).last();
  await mine.getByRole('button', { name: 'Play' }).waitFor();
  const sent = await saved(() => choose(noor, mine, /^Save as a file$/));
  const sound = await levels(sent.path);
  for (const form of ['MP3', 'M4A']) {
    const { path, name } = await saved(async () => {
      await choose(noor, mine, /^Save as another file/);
      await noor.getByRole('dialog').getByRole('button', { name: `Save as ${form}` }).click();
    });
    assert.ok(name.endsWith(`.${form.toLowerCase()}`), name);
    const made = await levels(path);
    // Encoders put up to a tenth of a second of nothing around it.
    assert.ok(made.length >= sound.length && made.length - sound.length <= 6, `${form}: ${made.length} against ${sound.length} fiftieths of a second`);
    const likeness = Math.max(...[0, 1, 2, 3, 4, 5, 6].map((shift) => alike(sound, made.slice(shift))));
    assert.ok(likeness > 0.97, `${form}: ${likeness}`);
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'format_tags', '-of', 'default=nw=1', path]);
    assert.match(stdout, /artist=Noor/);
    assert.match(stdout, /sha256 as sent/);
  }
});
