import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { beginRecording, button, joinAs, openPage, phase, recorded, webWorld } from './web-world.ts';

test('[WEB8] the browser is killed while somebody speaks: the draft is there, goes on, and is sent as one message', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0870.wav'], 0);
  // Killed below; on a failure before that it is ended here. Its profile lives on in the second one.
  await using first = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(first.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await beginRecording(page);
  await recorded(page, 3);
  // Chromium writes cookies to its disk every 30 s only: a session this young dies with it. What is tested here is the recording.
  const cookies = await first.context.cookies();
  // A busy machine may be late with each of these steps: what was said by then is read off, and not assumed.
  const [read, spoken] = [Date.now(), await shown(page.locator('.panel-time'))];
  const late = ((await first.kill()) - read) / 1_000;

  await using second = await OwnChromium.start({ voice: voice.path, profile: first.profile });
  await second.context.addCookies(cookies);
  const again = await openPage(second.context);
  await again.goto(world.origin);
  // The list says so, and the conversation keeps it.
  await again.getByRole('link', { name: /Notes.*Draft/s }).click();
  const card = again.locator('.draft').getByText(/^Kept 0:\d\d from/);
  await card.waitFor();
  const kept = await shown(card);
  assert.ok(kept >= spoken - 1 && kept <= spoken + 1 + late, `${kept} s of ${spoken} s, killed ${late} s later`);
  await again.locator('.draft').getByRole('button', { name: 'Continue' }).click();
  await phase(again, 'recording');
  await again.waitForFunction((least) => Number(document.querySelector('.panel-time')?.textContent?.slice(2)) >= least, kept + 2);
  const [told, said] = [Date.now(), await shown(again.locator('.panel-time'))];
  await button(again, 'Send').click();
  const clicked = (Date.now() - told) / 1_000;
  await phase(again, 'idle');
  const message = again.locator('li.message');
  await message.waitFor();
  assert.equal(await message.count(), 1);
  const length = await shown(message.locator('.length'));
  assert.ok(length >= said && length <= said + 2 + clicked, `${length} s, ${said} s when it was sent, ${clicked} s late`);
  assert.equal(await again.locator('.draft').count(), 0);
});

/** Seconds of the first length that is written there. */
async function shown(where: Locator): Promise<number> {
  return Number(/0:(\d\d)/.exec(await where.innerText())?.[1] ?? Number.NaN);
}
