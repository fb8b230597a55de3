import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { button, joinAs, openPage, phase, webWorld } from './web-world.ts';

test('[WEB8] the browser is killed while somebody speaks: the draft is there, goes on, and is sent as one message', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0870.wav'], 0);
  // Killed below; on a failure before that it is ended here. Its profile lives on in the second one.
  await using first = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(first.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await button(page, 'Record a voice message').click();
  await phase(page, 'recording');
  await page.waitForFunction(() => document.querySelector('.panel-time')?.textContent === '0:03');
  // Chromium writes cookies to its disk every 30 s only: a session this young dies with it. What is tested here is the recording.
  const cookies = await first.context.cookies();
  await first.kill();

  await using second = await OwnChromium.start({ voice: voice.path, profile: first.profile });
  await second.context.addCookies(cookies);
  const again = await openPage(second.context);
  await again.goto(world.origin);
  // The list says so, and the conversation keeps it. A busy machine may take a moment to kill, in which more is said.
  await again.getByRole('link', { name: /Notes.*Draft/s }).click();
  await again.locator('.draft').getByText(/^Kept 0:0[2-9] from/).waitFor();
  await again.locator('.draft').getByRole('button', { name: 'Continue' }).click();
  await phase(again, 'recording');
  await again.waitForFunction(() => (document.querySelector('.panel-time')?.textContent ?? '') > '0:04');
  await button(again, 'Send').click();
  await phase(again, 'idle');
  const message = again.locator('li.message');
  await message.waitFor();
  assert.equal(await message.count(), 1);
  const length = await message.locator('.length').innerText();
  assert.match(length, /^0:(0[5-9]|1\d)$/);
  assert.equal(await again.locator('.draft').count(), 0);
});
