import assert from 'node:assert/strict';
import { test } from 'node:test';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { World } from './cli-world.ts';

test('[CLI8] commands of the same profile take nothing from the listener beside them', async () => {
  await using world = await World.make();
  await world.join('anna');
  await world.join('ben');
  await world.by('anna', 'send', '--to', 'ben', voice);
  const annaListens = await world.listen('anna');
  const benListens = await world.listen('ben');
  let sending = true;
  const beside = (async (): Promise<void> => {
    while (sending) await Promise.all([world.by('ben', 'list'), world.by('anna', 'list')]);
  })();
  const messages: unknown[] = [];
  for (let count = 0; count < 6; count += 1) {
    const [line] = await world.by('anna', 'send', '--to', 'ben', voice);
    messages.push(line?.['message']);
  }
  sending = false;
  await beside;
  for (const message of messages) {
    await benListens.event('message', message);
    await annaListens.event('delivered', message);
  }
  await world.by('ben', 'heard', String(messages[0]));
  await annaListens.event('heard', messages[0]);
  const told = benListens.lines.filter(({ event }) => event === 'message').map(({ message }) => message);
  assert.equal(new Set(told).size, told.length);
});
