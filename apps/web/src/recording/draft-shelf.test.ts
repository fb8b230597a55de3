import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@earshot/base/clock.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { TakeSummary } from '@earshot/recorder/journal/journal.ts';
import { rested } from '@earshot/recorder/resting.ts';
import { createNotices } from '../shell/notices.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import type { Journal } from './decided.ts';
import { createDraftShelf } from './draft-shelf.ts';

const DAY = 86_400_000;

/** Whether what was discarded on day 100 is still there after the app was opened, when these are the days that the device's clock shows and that the server told of. */
async function staysOn(shows: number, told: number): Promise<boolean> {
  const clock: Clock = { now: () => shows * DAY, sleep: () => Promise.withResolvers<never>().promise };
  const tidied = Promise.withResolvers<void>();
  let takes: readonly TakeSummary[] = [{ take: 'take', conversation: 'talk', started: 100 * DAY, state: 'discarded', changed: 100 * DAY, packets: 60 }];
  const journal = {
    drafts: async () => takes,
    sweep: async (now: number) => {
      takes = takes.filter((take) => !rested(takes, now).includes(take));
      return 1;
    },
  } as unknown as Journal;
  const earshot = {
    drafts: { discarded: async () => [] },
    outgoing: { underWay: async () => {
      tidied.resolve();
      return new Set();
    } },
    atLeast: () => told * DAY,
    on: () => () => undefined,
  } as unknown as Earshot;
  createDraftShelf({ earshot, clock, recorder: async () => journal, notices: createNotices(clock), preferences: memoryPreferences(), deviceName: 'Phone' }).open(true);
  await tidied.promise;
  return takes.length === 1;
}

test('[REC24] what was discarded goes when it has rested by the device\'s clock and by the server\'s: one that is put forward for a while ends nothing', async () => {
  assert.equal(await staysOn(101, 101), true);
  assert.equal(await staysOn(131, 101), true, 'the device\'s clock was put forward');
  assert.equal(await staysOn(131, 0), true, 'the server never said how late it is');
  assert.equal(await staysOn(101, 131), true, 'the device\'s clock has always been behind');
  assert.equal(await staysOn(131, 131), false);
});
