import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals } from './arrivals.ts';

const ROUND = 1_920;

/** Rounds of 40 ms by a microphone whose clock runs by `speed`, each on its way for `way(index)` milliseconds. */
function after(rounds: number, way: (index: number) => number, speed = 1): { readonly arrivals: Arrivals; readonly now: number } {
  const arrivals = new Arrivals();
  let now = 0;
  for (let index = 0; index < rounds; index += 1) {
    now = Math.max(now, 1_000 + ((index + 1) * 40) / speed + way(index));
    arrivals.push(ROUND, now);
  }
  return { arrivals, now };
}

test('[REC8] what a round has gathered and a queue holds back is known by the clock', () => {
  const steady = after(100, () => 12);
  assert.equal(steady.arrivals.behind(steady.now), 0);
  assert.equal(steady.arrivals.behind(steady.now + 30), 30 * 48);
  const late = after(100, (index) => (index < 90 ? 12 : 312));
  assert.ok(Math.abs(late.arrivals.behind(late.now) - 300 * 48) < 48);
});

test('[REC8] an hour with a microphone whose clock is another is not taken for sound under way', () => {
  for (const speed of [0.9997, 1.0003]) {
    const { arrivals, now } = after(90_000, (index) => 12 + (index % 7), speed);
    assert.ok(arrivals.behind(now) < 20 * 48, `${arrivals.behind(now)} samples`);
  }
});

test('[REC8] nobody waits for what a machine that slept never captured', () => {
  const { arrivals, now } = after(20, (index) => (index < 10 ? 12 : 3_600_012));
  assert.equal(arrivals.behind(now), 0);
});

test('[REC8] nothing is under way before anything came', () => {
  assert.equal(new Arrivals().behind(5_000), 0);
});
