import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRACK_SAMPLES } from './capture-messages.ts';
import { readInRounds } from './rounds.ts';

interface Reading {
  /** Each round: when it was handed over, in milliseconds, and its first and last sample. */
  readonly rounds: readonly { readonly at: number; readonly first: number; readonly last: number }[];
  /** How often somebody had to wait for sound. */
  readonly waits: number;
}

/** A microphone whose clock runs by `speed`, in pieces of so many samples, read for a minute. Each sample is its own number. */
async function reading(speed: number, piece: number): Promise<Reading> {
  let [now, count, waits] = [0, 0, 0];
  const rounds: { at: number; first: number; last: number }[] = [];
  const read = async (): Promise<Float32Array | null> => {
    if (now > 60_000) return null;
    const samples = Float32Array.from({ length: piece }, (_, at) => count + at);
    count += piece;
    const comes = count / 48 / speed;
    if (comes > now) waits += 1;
    now = Math.max(now, comes) + 0.05;
    return samples;
  };
  const until = async (time: number): Promise<void> => {
    now = Math.max(now, time) + 0.2;
  };
  await readInRounds(read, (round) => rounds.push({ at: now, first: round[0] ?? -1, last: round.at(-1) ?? -1 }), { now: () => now, until });
  return { rounds, waits };
}

for (const [clock, speed] of [['as ours', 1], ['1 in 2,000 quicker', 1.0005], ['1 in 2,000 slower', 0.9995]] as const) {
  for (const piece of [480, 441, 128]) {
    test(`[REC12] sound in pieces of ${piece} by a clock ${clock} is read 25 times a second, whole and in time`, async () => {
      const { rounds, waits } = await reading(speed, piece);
      rounds.forEach(({ first, last }, index) => assert.deepEqual([first, last], [index * TRACK_SAMPLES, (index + 1) * TRACK_SAMPLES - 1]));
      const latest = Math.max(...rounds.map(({ at, last }) => at - (last + 1) / 48 / speed));
      assert.ok(latest < 15, `${latest} ms after its last sample`);
      assert.ok(rounds.length > 1_490 && waits < 400, `${rounds.length} rounds, waited ${waits} times`);
    });
  }
}

test('[REC12] whoever was kept from reading catches up at once', async () => {
  let now = 0;
  let left = 200;
  const seen: number[] = [];
  const read = async (): Promise<Float32Array | null> => (left-- > 0 ? new Float32Array(480) : null);
  const until = async (time: number): Promise<void> => {
    now = Math.max(now + 0.1, Math.min(time, 2_000));
    if (seen.length === 1) now = 2_000;
  };
  await readInRounds(read, () => seen.push(now), { now: () => now, until });
  assert.equal(seen.length, 50);
});
