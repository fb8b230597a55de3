import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { type Ended, World } from './cli-world.ts';

const codeOf = ({ lines }: Ended): unknown => (lines.at(-1)?.['error'] as { code?: unknown } | undefined)?.code;

test('[CLI26] [SAVE4] what is sent expires as was said, is kept, taken back and brought back, at a server whose operator set limits', async () => {
  await using world = await World.make();
  // The operator's limits, from the file in the data folder.
  await writeFile(join(world.data, 'earshot.json'), JSON.stringify({ expiry: '30d', expiryMost: '60d', restDays: 45 }));
  await world.server?.kill('SIGTERM');
  await world.serve();
  await Promise.all(['anna', 'ben'].map((name) => world.join(name)));
  const as = (who: string, ...args: string[]): Promise<Ended> => world.run(...args, '--profile', world.profile(who), '--json');
  const send = async (...args: string[]): Promise<string> => String((await world.by('anna', 'send', '--to', 'ben', voice, ...args))[0]?.['message']);

  assert.equal(codeOf(await as('anna', 'send', '--to', 'ben', voice, '--expires', '90d')), 'expiry.refused');
  const [usual, once, staying] = [await send(), await send('--expires', 'once'), await send('--expires', 'never')];

  await world.by('ben', 'list');
  for (const args of [['save', once, '-'], ['forward', once, '--to', 'me']]) assert.equal(codeOf(await as('ben', ...args)), 'message.once');
  await world.by('ben', 'heard', once);
  const listed = await world.by('ben', 'list');
  const told = (id: string) => listed.find(({ message }) => message === id);
  assert.deepEqual([told(usual)?.['expiry'], told(staying)?.['expiry'], (told(once)?.['removed'] as { rule?: unknown } | null)?.rule], [2_592_000, null, 'expired']);
  const gone = await as('ben', 'save', once);
  assert.deepEqual([codeOf(gone), gone.code], ['message.expired', 67]);

  await world.by('ben', 'keep', usual);
  const kept = (await world.by('anna', 'where', usual)).find(({ at }) => at === 'kept');
  assert.equal(kept?.['personName'], 'ben');

  await world.by('anna', 'remove', staying);
  const [mine] = await world.by('anna', 'deleted');
  assert.deepEqual([mine?.['message'], mine?.['daysLeft'], (mine?.['resting'] as { whose?: unknown } | undefined)?.whose], [staying, 45, 'everyone']);
  await world.by('anna', 'bring-back', staying);
  await world.by('anna', 'remove', staying, '--me');
  await world.by('anna', 'remove', staying, '--for-good');
  assert.equal(codeOf(await as('anna', 'bring-back', staying)), 'message.rested');

  assert.equal((await world.by('anna', 'expiry', 'ben', '2m'))[0]?.['term'], '2m');
  assert.equal((await world.by('ben', 'expiry', 'anna'))[0]?.['expiry'], 120);
  assert.deepEqual((await world.by('anna', 'expiry', '--mine', '7d')).map(({ expiry, most }) => [expiry, most]), [[604_800, 5_184_000]]);
  assert.equal(codeOf(await as('anna', 'expiry', '--mine', '90d')), 'expiry.refused');
});
