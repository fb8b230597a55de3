import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnChromium } from '../browser/chromium.ts';
import { humanVoice } from '../browser/recorder-voice.ts';
import { beginRecording, button, joinAs, openPage, phase, recorded, webWorld } from './web-world.ts';

test('[WEB9] without the server the app opens, plays what it has, records and keeps; later it sends by itself', { timeout: 300_000 }, async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0880.wav'], 0);
  await using chromium = await OwnChromium.start({ voice: voice.path });
  const page = await openPage(chromium.context);
  await joinAs(page, world.origin, await world.invitation(), 'Noor');
  await page.getByRole('link', { name: /Notes/ }).click();
  await beginRecording(page);
  await recorded(page, 2);
  await button(page, 'Send').click();
  await page.locator('li.message[data-state="stored"]').waitFor();
  await page.evaluate(async () => navigator.serviceWorker.ready);
  await page.close();
  await world.stopServer();

  const away = await openPage(chromium.context);
  await away.goto(world.origin);
  await away.getByText('Waiting for the network. Everything is kept here.').first().waitFor();
  await away.getByRole('link', { name: /Notes/ }).click();
  await button(away, 'Play').click();
  await away.getByRole('region', { name: 'Playing' }).waitFor();
  await away.locator('li.message.playing').waitFor();
  await beginRecording(away);
  await recorded(away, 2);
  await button(away, 'Send').click();
  await phase(away, 'idle');
  await away.locator('li.message[data-state="sending"]').waitFor();
  await away.getByText(/The server does not answer|There is no network/).first().waitFor();

  await world.startServer();
  await away.locator('li.message[data-state="stored"]').nth(1).waitFor();
  assert.equal(await away.locator('li.message').count(), 2);
});
