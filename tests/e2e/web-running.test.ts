import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { webBench } from './web-bench.ts';
import { beginRecording, button, inviteLink, joinAs, makeGroup, openPage, phase, pressDown, recorded, talkTo } from './web-world.ts';

/** A recording that runs, wherever its person is in the app by then, and whatever became of the conversation. */
const { world, chromium } = await webBench();
let ada: Page;
let ben: Page;

before(async () => {
  ada = await openPage(await chromium.device());
  ben = await openPage(chromium.context);
  await joinAs(ada, world.origin, await world.invitation(), 'Ada');
  await joinAs(ben, world.origin, await inviteLink(ada), 'Ben');
  await makeGroup(ada, 'Sunday walks', 'Ben');
  await ben.getByRole('link', { name: /Sunday walks/ }).click();
});

const goThere = () => ben.getByRole('link', { name: 'Go there' });
const draft = () => ben.locator('.draft');

test('[KEPT9] a recording that runs is shown on every page, also on a phone, with the way to it', { timeout: 200_000 }, async () => {
  await ben.setViewportSize({ width: 390, height: 780 });
  await beginRecording(ben);
  await button(ben, 'Back to the conversations').click();
  await ben.getByText('You are recording for Sunday walks.').waitFor();
  for (const page of ['Settings', 'All voice messages']) {
    await ben.getByRole('link', { name: page }).click();
    await ben.getByRole('heading', { name: page, level: 1 }).waitFor();
    assert.ok(await ben.getByText('You are recording for Sunday walks.').isVisible(), page);
    const [line, room] = [await goThere().boundingBox(), ben.viewportSize()];
    assert.ok(line && room && line.y + line.height <= room.height && line.x + line.width <= room.width, page);
    await button(ben, 'Back').click();
  }
  await goThere().click();
  await button(ben, 'Pause').click();
  await phase(ben, 'paused');
  await ben.setViewportSize({ width: 1280, height: 800 });
  await ben.getByRole('link', { name: /Notes/ }).click();
  await ben.getByText('Your recording for Sunday walks waits.').waitFor();
  await goThere().click();
  await button(ben, 'Discard').click();
  await phase(ben, 'idle');
  assert.equal(await goThere().count(), 0);
});

test('[KEPT9] who is removed while recording can pause, hear, keep and discard it, and not send it; so it is with the draft, which holds up no other recording', { timeout: 200_000 }, async () => {
  // A finger is on the button when it goes.
  await pressDown(ben);
  await recorded(ben, 1);
  await button(ada, /^Sunday walks.*About this conversation/).click();
  await button(ada, /Options for Ben/).click();
  await button(ada, 'Remove from the group').click();
  await ben.getByText('You are no longer in this group. What you have stays here.').waitFor();
  await ben.mouse.up();
  await phase(ben, 'recording');
  assert.equal(await button(ben, 'Send').count(), 0);
  await button(ben, 'Pause').click();
  await phase(ben, 'paused');
  await button(ben, 'Keep as a draft').click();
  await draft().waitFor();
  assert.equal(await ben.locator('.recorder').count(), 0);

  await draft().getByRole('button', { name: 'Listen' }).click();
  await phase(ben, 'listening');
  await button(ben, 'Keep as a draft').click();
  await draft().getByRole('button', { name: 'Continue' }).click();
  await phase(ben, 'recording');
  await ben.getByRole('link', { name: /Notes/ }).click();
  await ben.getByText('You are recording for Sunday walks.').waitFor();
  await goThere().click();
  await button(ben, 'Keep as a draft').click();
  await draft().waitFor();
  await ben.getByRole('link', { name: /Notes/ }).click();
  await beginRecording(ben);
  await button(ben, 'Discard').click();
  await phase(ben, 'idle');

  await ben.getByRole('link', { name: /Sunday walks/ }).click();
  await draft().getByRole('button', { name: 'Continue' }).click();
  await phase(ben, 'recording');
  await button(ben, 'Discard').click();
  await ben.locator('.recorder').waitFor({ state: 'detached' });
  assert.equal(await draft().count(), 0);
});

test('[KEPT9] a draft of a conversation that was blocked can be heard and put away again', { timeout: 200_000 }, async () => {
  await talkTo(ben, 'Ada');
  await beginRecording(ben);
  await recorded(ben, 1);
  await button(ben, 'Pause').click();
  await phase(ben, 'paused');
  await button(ben, /^Ada.*About this conversation/).click();
  await button(ben, /^Block Ada/).click();
  await button(ben, /^Unblock Ada/).waitFor();
  await ben.keyboard.press('Escape');
  await button(ben, 'Keep as a draft').click();
  await draft().getByRole('button', { name: 'Listen' }).click();
  await phase(ben, 'listening');
  await button(ben, 'Discard').click();
  await ben.locator('.recorder').waitFor({ state: 'detached' });
});
