import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupNote } from '@earshot/server/status/machine.ts';
import { backUpOnTime, untilDue } from './scheduled.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('[BAK14] a server backs up when it is due, by what the folder knows from before its start; what failed is tried again within the hour', () => {
  const now = 1_800_000_000_000;
  assert.equal(untilDue({ verified: null, failed: null }, DAY, now), 0);
  assert.equal(untilDue({ verified: now - HOUR, failed: null }, DAY, now), 23 * HOUR);
  assert.equal(untilDue({ verified: now - 2 * DAY, failed: null }, DAY, now), 0);
  assert.equal(untilDue({ verified: now - 2 * DAY, failed: { at: now - 60_000, code: 'backup.target' } }, DAY, now), HOUR - 60_000);
  assert.equal(untilDue({ verified: null, failed: { at: now, code: 'backup.missing' } }, 60_000, now), 60_000);
});

test('[BAK14] what was noted while the clock stood a year ahead holds no backup up once it is set right', async () => {
  const ahead = 1_800_000_000_000 + 365 * DAY;
  const notes: readonly BackupNote[] = [{ verified: ahead, failed: null }, { verified: null, failed: { at: ahead, code: 'backup.target' } }, { verified: ahead - DAY, failed: { at: ahead, code: 'backup.target' } }];
  for (const first of notes) {
    const stop = new AbortController();
    const began = 1_800_000_000_000;
    let [now, note] = [began, first];
    const made: number[] = [];
    const clock = { now: () => now, sleep: async (milliseconds: number) => {
      now += milliseconds;
      if (now > began + 3 * DAY) stop.abort();
    } };
    const make = async (): Promise<void> => {
      made.push((now - began) / DAY);
      note = { verified: now, failed: null };
    };
    await backUpOnTime({ clock, every: DAY, note: () => Promise.resolve(note), make }, stop.signal);
    assert.deepEqual(made, [0, 1, 2, 3]);
  }
});

test('[BAK14] the schedule goes on after a failure, and ends when it is told to', async () => {
  const stop = new AbortController();
  let now = 1_800_000_000_000;
  let note: BackupNote = { verified: null, failed: null };
  const made: number[] = [];
  const began = now;
  const clock = { now: () => now, sleep: async (milliseconds: number) => void (now += milliseconds) };
  const make = async (): Promise<void> => {
    made.push((now - began) / HOUR);
    note = made.length === 1 ? { ...note, failed: { at: now, code: 'backup.target' } } : { verified: now, failed: null };
    if (made.length === 4) stop.abort();
  };
  await backUpOnTime({ clock, every: DAY, note: () => Promise.resolve(note), make }, stop.signal);
  assert.deepEqual(made, [0, 1, 25, 49]);
});
