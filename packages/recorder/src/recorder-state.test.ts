import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IDLE, nextState } from './recorder-state.ts';
import type { RecorderState, RecorderStep } from './recorder-state.ts';

const why = fc.constantFrom(null, 'mic.ended' as const, 'recorder.storage' as const);
const step: fc.Arbitrary<RecorderStep> = fc.oneof(
  fc.record({ type: fc.constant('start' as const), take: fc.constantFrom('a', 'b'), begun: fc.constant(false) }),
  fc.record({ type: fc.constantFrom('granted' as const, 'sound' as const, 'drained' as const, 'resume' as const, 'stop' as const, 'finished' as const) }),
  fc.record({ type: fc.constantFrom('refused' as const, 'pause' as const), why }),
);

const takeOf = (state: RecorderState): string | null => ('take' in state ? state.take : null);

test('[REC6] no way discards: a take that has had sound is left only when it is finished', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    let state: RecorderState = IDLE;
    let sound: string | null = null;
    for (const one of steps) {
      const next = nextState(state, one);
      if (sound !== null && takeOf(next) !== sound) {
        assert.equal(state.at, 'finished', `${state.at} left by ${one.type}`);
        sound = null;
      }
      if (next.at === 'recording') sound = next.take;
      state = next;
    }
  }), { numRuns: 2_000 });
});

test('[REC7] recording is shown only after sound has arrived, and again after every pause', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    let state: RecorderState = IDLE;
    for (const one of steps) {
      const next = nextState(state, one);
      if (next.at === 'recording' && state.at !== 'recording') assert.equal(one.type, 'sound');
      state = next;
    }
  }), { numRuns: 2_000 });
});

test('[REC6] an interruption pauses with its reason, and going on or ending is possible from there', () => {
  const run = (...steps: RecorderStep[]): RecorderState => steps.reduce(nextState, IDLE);
  const recording = [{ type: 'start', take: 'a', begun: false }, { type: 'granted' }, { type: 'sound' }] as const;
  const paused = [...recording, { type: 'pause', why: 'mic.ended' }, { type: 'drained' }] as const;
  assert.deepEqual(run(...paused), { at: 'paused', take: 'a', why: 'mic.ended' });
  assert.deepEqual(run(...paused, { type: 'resume' }, { type: 'refused', why: 'mic.none' }), { at: 'paused', take: 'a', why: 'mic.none' });
  assert.deepEqual(run(...paused, { type: 'resume' }, { type: 'granted' }, { type: 'sound' }), { at: 'recording', take: 'a' });
  assert.deepEqual(run(...paused, { type: 'stop' }, { type: 'refused', why: 'recorder.storage' }), { at: 'paused', take: 'a', why: 'recorder.storage' });
  assert.deepEqual(run(...recording.slice(0, 2), { type: 'refused', why: 'mic.denied' }), { at: 'idle', why: 'mic.denied' });
});
