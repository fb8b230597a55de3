import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { webBench } from './web-bench.ts';
import { beginRecording, button, inviteLink, joinAs, openPage, PASSWORD, phase, recorded, say, talkTo } from './web-world.ts';

const { world, chromium } = await webBench();
let page: Page;
let ben: Page;
let axe: string;

before(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  page = await openPage(chromium.context);
});

/** A state is looked at twice, by turns in these two ways: what stands in more than one state is seen in all four. */
const LOOKS = [
  [{ colorScheme: 'light', width: 390 }, { colorScheme: 'dark', width: 1280 }],
  [{ colorScheme: 'dark', width: 390 }, { colorScheme: 'light', width: 1280 }],
] as const;
let states = 0;

/** Runs axe over the page in both schemes, and on a phone as well as on a desktop. */
async function flawless(state: string): Promise<void> {
  const found: string[] = [];
  states += 1;
  for (const { colorScheme, width } of LOOKS[states % 2 === 0 ? 0 : 1]) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 844 });
    // Evaluated by the debugger, which the page's own policy does not bind.
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${axe};0`);
    const faults = await page.evaluate(async () => {
      interface Axe { run(root: Document): Promise<{ passes: unknown[]; violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> }
      const holder = window as unknown as { axe?: Axe };
      const result = await holder.axe?.run(document);
      if (!result || result.passes.length < 5) throw new Error('axe looked at nothing');
      const { violations } = result;
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`));
    });
    found.push(...faults.map((fault) => `${state}, ${colorScheme}, ${width}: ${fault}`));
  }
  await page.setViewportSize({ width: 1280, height: 844 });
  assert.deepEqual(found, []);
}

test('[WEB12] axe finds nothing at the door', { timeout: 300_000 }, async () => {
  await page.goto(`${world.origin}/join#${await world.invitation()}`);
  await page.getByLabel('Your name').fill('Noor');
  await flawless('join');
  await button(page, 'Use a password instead').click();
  await flawless('join with a password');
  await page.goto(world.origin);
  await page.getByLabel('Your handle').fill('noor');
  await page.getByLabel('Password').fill('wrong');
  await button(page, 'Sign in').click();
  await page.getByRole('alert').waitFor();
  await flawless('sign in');
});

test('[WEB12] axe finds nothing in the list, its sheets and the settings', { timeout: 300_000 }, async () => {
  await joinAs(page, world.origin, await world.invitation(), 'Noor', flawless);
  await flawless('empty list');
  const secret = await inviteLink(page);
  await page.goto(`${world.origin}/join#${secret}`);
  await page.getByRole('heading', { name: 'You are signed in here as Noor' }).waitFor();
  await flawless('an invitation opened by who is signed in');
  await button(page, 'Back').click();
  ben = await openPage(await chromium.device());
  await joinAs(ben, world.origin, secret, 'Ben');
  await button(page, 'New conversation').click();
  await page.getByRole('dialog').getByText('@ben').waitFor();
  await flawless('new conversation');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('This device').first().waitFor();
  await flawless('settings');
  await talkTo(page, 'Ben');
  await flawless('empty conversation');
  await button(page, /^Ben.*About this conversation/).click();
  await flawless('about');
  await page.keyboard.press('Escape');
});

test('[WEB12] axe finds nothing while recording, paused, listening, sent and playing', { timeout: 300_000 }, async () => {
  await beginRecording(page);
  await recorded(page, 2);
  await flawless('recording');
  await button(page, 'Pause').click();
  await phase(page, 'paused');
  await flawless('paused');
  await button(page, 'Listen to the draft').click();
  await phase(page, 'listening');
  await flawless('listening');
  await button(page, 'Send').click();
  await phase(page, 'idle');
  await flawless('sent');
  await button(page, 'Yes, tell me').waitFor();
  await flawless('asked about notifications');
  await button(page, 'No, thanks').click();
  await button(page, 'Play').click();
  await page.getByRole('region', { name: 'Playing' }).waitFor();
  await flawless('playing');
  await button(page, 'Options for this message').click();
  await flawless('message menu');
  await button(page, 'Details').click();
  await flawless('details');
  await page.keyboard.press('Escape');
});

test('[WEB12] axe finds nothing in the choice of how long messages stay, in a notice with the way back, and in Recently Deleted', { timeout: 300_000 }, async () => {
  await button(page, /^Ben.*About this conversation/).click();
  await button(page, /^How long messages stay/).click();
  await flawless('how long messages stay');
  await page.getByRole('radio', { name: '2 minutes after hearing' }).click();
  await button(page, /^How long the next message stays: 2 minutes/).waitFor();
  await button(page, 'Options for this message').click();
  await button(page, /^Delete for me/).click();
  await page.locator('.gone').waitFor();
  await flawless('a notice, and the term of what is said next');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.locator('[data-deleted]').waitFor();
  await flawless('settings with Recently Deleted');
  await talkTo(page, 'Ben');
});

test('[WEB12] axe finds nothing in what waits for a decision: unheard, kept as a draft, set aside', { timeout: 300_000 }, async () => {
  await talkTo(ben, 'Noor');
  await say(ben);
  await page.locator('li.message.fresh').waitFor();
  await flawless('unheard');

  // Before anything of it is on the server: what rests unsent travels as well.
  await world.stopServer();
  await world.startServer({ limits: { quotaBytes: 1_000 } });
  await beginRecording(page);
  await recorded(page, 2);
  await page.reload();
  await page.locator('.draft').waitFor();
  await flawless('draft');

  await page.locator('.draft').getByRole('button', { name: 'Send' }).click();
  const aside = page.locator('li.message[data-state="set-aside"]');
  await aside.waitFor();
  await flawless('set aside');
  await aside.getByRole('button', { name: 'Not sent. Show details' }).click();
  await page.getByRole('dialog', { name: 'Details' }).waitFor();
  await flawless('details of what was set aside');
  await page.keyboard.press('Escape');
});

test('[WEB12] axe finds nothing at the Doctor: the beginning, what is found by words, what was seen, a question or step, the microphone test', { timeout: 300_000 }, async () => {
  await page.goto(`${world.origin}/doctor`);
  await page.getByLabel('Or say it in your own words').fill('the other side hears nothing');
  await page.locator('[data-found]').first().waitFor();
  await flawless('the Doctor');
  await button(page, /Something does not work/).click();
  await page.locator('.findings[aria-busy="false"]').waitFor();
  for (const details of await page.locator('main.doctor details').all()) await details.evaluate((one) => one.setAttribute('open', ''));
  await flawless('the Doctor at work');
  await page.goto(`${world.origin}/doctor/quick`);
  await page.locator('.doctor-check').first().waitFor();
  await flawless('the quick checks');
  await page.goto(`${world.origin}/doctor/microphone`);
  await button(page, 'Begin').click();
  await page.locator('.sound-test[data-at="speaking"]').waitFor();
  await flawless('the microphone test');
  await page.goto(world.origin);
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
});

test('[WEB12] axe finds nothing at the farewell', { timeout: 300_000 }, async () => {
  await page.getByRole('link', { name: 'Settings' }).click();
  await button(page, 'Delete account').click();
  await flawless('deleting the account');
  const sheet = page.getByRole('dialog', { name: 'Delete your account?' });
  await sheet.getByLabel('Type noor to confirm').fill('noor');
  await sheet.getByLabel('Your password').fill(PASSWORD);
  await sheet.getByRole('button', { name: 'Delete for ever' }).click();
  await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  await flawless('farewell');
});
