import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { bearingOf } from './catalogue.ts';
import { runProbe, runProbes } from './probe.ts';

const { signal } = new AbortController();
/** Time stands at the end of whatever is waited for. */
const impatient = { now: () => 0, sleep: async () => undefined };

test('[PROBE1] a probe that is not there, or takes longer than its time, is unknown and evidence of nothing', async () => {
  assert.equal((await runProbe('clock', { set: {}, clock: systemClock, signal })).answer, 'unknown');
  const late = await runProbe('clock', { set: { clock: () => new Promise(() => undefined) }, clock: impatient, signal });
  assert.equal(late.answer, 'unknown');
  assert.equal(bearingOf('clock', late.answer), null);
});

test('[PROBE1] probes run beside one another: the first answer is told while others are on their way', async () => {
  const slow = Promise.withResolvers<{ answer: 'right' }>();
  const told: string[] = [];
  const all = runProbes(['clock', 'encoder'], { set: { clock: () => slow.promise, encoder: async () => ({ answer: 'works' }) }, clock: systemClock, signal }, ({ probe }) => {
    told.push(probe);
    if (probe === 'encoder') slow.resolve({ answer: 'right' });
  });
  assert.deepEqual((await all).map(({ answer }) => answer), ['right', 'works']);
  assert.deepEqual(told, ['encoder', 'clock']);
});

test('[PROBE1] who leaves ends what runs', async () => {
  const leave = new AbortController();
  const left = runProbe('clock', { set: { clock: () => new Promise(() => undefined) }, clock: systemClock, signal: leave.signal });
  leave.abort(new Error('left'));
  await assert.rejects(left, /left/);
});
