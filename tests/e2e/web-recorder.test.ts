import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { webBench } from './web-bench.ts';
import { beginRecording, button, joinAs, openPage, phase, pressDown, recorded, undoOnSight } from './web-world.ts';

/** One person, alone with her notes: every way to begin, to hold, to end a recording. */
const { world, chromium } = await webBench();
let page: Page;

before(async () => {
  page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Record a voice message').waitFor();
});

const MESSAGE = 'li.message:not(:has(.gone))';
const IDLE = '.recorder[data-phase="idle"]';
const count = (): Promise<number> => page.locator(MESSAGE).count();
const messages = async (wanted: number): Promise<void> => {
  await page.waitForFunction(([message, expected]) => document.querySelectorAll(message).length === expected, [MESSAGE, wanted] as const);
};
const shown = (): Promise<string> => page.locator('.panel-time').innerText();
const discardAll = async (): Promise<void> => {
  await button(page, 'Discard').click();
  await phase(page, 'idle');
};

/** What an undo brought back. */
const discardDraft = async (): Promise<void> => {
  const draft = page.locator('.draft');
  await draft.getByText(/^Kept 0:0\d from/).waitFor();
  await draft.getByRole('button', { name: 'Discard' }).click();
  await draft.waitFor({ state: 'detached' });
};

test('[WEB3] holding records, letting go anywhere sends, and five seconds of undo take it back', async () => {
  const beforehand = await count();
  const undo = await undoOnSight(page, MESSAGE, beforehand + 1);
  const { x, y } = await pressDown(page);
  await recorded(page, 2);
  await page.mouse.move(x + 300, y - 20);
  await page.mouse.up();
  await phase(page, 'idle');
  await undo.pressed();
  await messages(beforehand);
});

test('[WEB3] sliding up locks: letting go then changes nothing', async () => {
  const { x, y } = await pressDown(page);
  await page.mouse.move(x, y - 120, { steps: 4 });
  await page.mouse.up();
  await recorded(page, 1);
  await phase(page, 'recording');
  await discardAll();
});

test('[WEB3] sliding left discards, and undo brings the recording back as a draft', async () => {
  const undo = await undoOnSight(page, IDLE, 1);
  const { x, y } = await pressDown(page);
  await page.waitForTimeout(1_200);
  await page.mouse.move(x - 140, y, { steps: 4 });
  await page.mouse.up();
  await phase(page, 'idle');
  await undo.pressed();
  await discardDraft();
});

test('[WEB3] the keyboard alone starts, pauses, listens, seeks, continues and sends', async () => {
  const beforehand = await count();
  await button(page, 'Record a voice message').focus();
  await page.keyboard.press('Space');
  await phase(page, 'recording');
  await recorded(page, 2);
  await page.keyboard.press('p');
  await phase(page, 'paused');
  const paused = await shown();
  await page.waitForTimeout(400);
  assert.equal(await shown(), paused, 'the time stands still while nothing is captured');
  await page.keyboard.press('l');
  await phase(page, 'listening');
  // It goes on from there by itself: what it says is read in the same moment.
  const slider = page.getByRole('slider', { name: 'Position in the draft' });
  assert.deepEqual(await slider.evaluate(async (one) => {
    const press = async (key: string): Promise<number> => {
      one.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      await new Promise((resolve) => setTimeout(resolve, 0));
      return Number(one.getAttribute('aria-valuenow'));
    };
    return [(await press('End')) > 0, await press('Home')];
  }), [true, 0]);
  await button(page, 'Continue recording').focus();
  await page.keyboard.press('Enter');
  await phase(page, 'recording');
  await page.waitForTimeout(600);
  await button(page, 'Send').focus();
  await page.keyboard.press('Enter');
  await phase(page, 'idle');
  await messages(beforehand + 1);
});

test('[WEB3] Escape discards, with undo', async () => {
  const undo = await undoOnSight(page, IDLE, 1);
  await button(page, 'Record a voice message').focus();
  await page.keyboard.press('Enter');
  await phase(page, 'recording');
  await page.waitForTimeout(800);
  await page.keyboard.press('Escape');
  await phase(page, 'idle');
  await undo.pressed();
  await discardDraft();
});

/** Records for a moment, until the app asks back; answers how many messages there were by then. A machine that was busy for a second made a longer one of it, which is sent. */
async function saidBriefly(sheet: Locator): Promise<number> {
  for (let tries = 0; tries < 5; tries += 1) {
    const beforehand = await count();
    await beginRecording(page);
    await page.waitForTimeout(100);
    await button(page, 'Send').click();
    while ((await count()) === beforehand) {
      if (await sheet.isVisible()) return beforehand;
      await page.waitForTimeout(50);
    }
    assert.notEqual(await page.locator('li.message .length').last().innerText(), '0:00', 'sent unasked, and under a second');
    await phase(page, 'idle');
  }
  assert.fail('this machine is never done within a second');
}

test('[WEB6] a message under a second is sent only after asking', async () => {
  const sheet = page.getByRole('dialog', { name: 'Send that?' });
  const beforehand = await saidBriefly(sheet);
  assert.equal(await count(), beforehand);
  await sheet.getByRole('button', { name: 'Close' }).click();
  await phase(page, 'paused');
  await button(page, 'Send').click();
  await page.getByRole('dialog', { name: 'Send that?' }).getByRole('button', { name: 'Send it' }).click();
  await phase(page, 'idle');
  await messages(beforehand + 1);
});

test('[WEB7] sending from listening sends the whole draft', async () => {
  const beforehand = await count();
  await beginRecording(page);
  await recorded(page, 2);
  await button(page, 'Listen to the draft').click();
  await phase(page, 'listening');
  await button(page, 'Send').click();
  await phase(page, 'idle');
  await messages(beforehand + 1);
});

test('[WEB47] nothing is played into a recording, which is said; of a message and a draft the one sounds that began last', async () => {
  const beforehand = await count();
  await beginRecording(page);
  await page.waitForTimeout(8_000);
  await button(page, 'Send').click();
  await messages(beforehand + 1);
  const bubble = page.locator('li.message').last();
  await beginRecording(page);
  await bubble.getByRole('button', { name: 'Play' }).click();
  await page.getByText('You are recording. Pause that first, then play this.').waitFor();
  assert.equal(await page.locator('.mini').count(), 0);
  await page.waitForTimeout(8_000);

  await button(page, 'Listen to the draft').click();
  await button(page, 'Stop listening').waitFor();
  await bubble.getByRole('button', { name: 'Play' }).click();
  await bubble.getByRole('button', { name: 'Pause' }).waitFor();
  await button(page, 'Listen to the draft').click();
  await button(page, 'Stop listening').waitFor();
  await bubble.getByRole('button', { name: 'Play' }).waitFor();
  await discardAll();
});
