import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { OwnChromium } from '../browser/chromium.ts';
import { compare, hear, humanVoice } from '../browser/recorder-voice.ts';
import { beginRecording, button, inviteLink, joinAs, openPage, talkTo, webWorld } from './web-world.ts';
import { inTries, TRIES_LIMIT } from '../engines/tries.ts';

test('[WEB5] a human voice travels from one microphone to another person’s ear, from the first syllable to the last', { timeout: TRIES_LIMIT }, () => inTries(async () => {
  await using world = await webWorld();
  const voice = await humanVoice(world.folder, 'voice', ['librivox/sense_and_sensibility_01_austen_64kb-0890.wav'], 1);
  await using chromium = await OwnChromium.start({ voice: voice.path });
  const ada = await openPage(chromium.context);
  const ben = await openPage(await chromium.device());
  await joinAs(ada, world.origin, await world.invitation(), 'Ada Sørensen');
  await joinAs(ben, world.origin, await inviteLink(ada), 'Ben Okafor');

  await talkTo(ada, 'Ben Okafor');
  await beginRecording(ada);
  await ada.waitForTimeout((voice.mono.length / 48_000) * 1_000 + 300);
  await button(ada, 'Send').click();
  const mine = ada.locator('li.message.mine');
  await mine.waitFor();

  // Ben sees it at once, without doing anything; the title counts it.
  const talk = ben.getByRole('link', { name: /Ada Sørensen/ });
  await talk.getByText('1 unheard message').waitFor();
  assert.equal(await ben.title(), '(1) Earshot');
  await ada.locator('li.message.mine[data-state="delivered"]').waitFor();

  // Opening is not hearing.
  await talk.click();
  const bubble = ben.locator('li.message.fresh');
  await bubble.waitFor();
  await ben.waitForTimeout(500);
  assert.equal(await mine.getAttribute('data-state'), 'delivered');

  await bubble.getByRole('button', { name: 'Play' }).click();
  await ada.locator('li.message.mine[data-state="heard"]').waitFor();
  assert.equal(await ben.title(), 'Earshot');

  // What Ben has, decoded, is what was spoken.
  await button(ben, 'Options for this message').click();
  const [download] = await Promise.all([ben.waitForEvent('download'), button(ben, 'Save as a file').click()]);
  assert.match(download.suggestedFilename(), /Ada Sørensen \d+s\.ogg$/);
  const file = readOggOpus(await readFile(await download.path()));
  const spoken = voice.mono.subarray(48_000, voice.mono.length - 24_000);
  const likeness = compare(spoken, await hear(file.packets, file.preSkip));
  // The browser's gain control changes loudness over time, so it is the windows that are compared; an "s" keeps its shape worst.
  assert.ok(likeness.median > 0.9 && likeness.first > 0.3 && likeness.last > 0.3 && likeness.worst > 0.25, JSON.stringify(likeness));
}));
