import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeClock, judgeMicrophone, judgeRoom } from './device-verdict.ts';
import { judgeChange, judgeSteadiness, judgeThroughput } from './link-verdict.ts';
import { judgeHistory, type PermissionSeen, withSeen } from './permission-history.ts';
import { judgeSound, judgeStages } from './sound-verdict.ts';

const history = (...seen: [PermissionSeen['state'], string][]): readonly PermissionSeen[] =>
  seen.reduce<readonly PermissionSeen[]>((all, [state, system], at) => withSeen(all, { at, state, system }), []);

test('[PROBE3] what became of a permission: kept, lost by an update, lost without one, lost again and again', () => {
  assert.equal(judgeHistory(history(['granted', 'a'], ['granted', 'b'])).answer, 'steady');
  assert.equal(judgeHistory(history(['ask', 'a'], ['denied', 'a'])).answer, 'steady', 'what was never given was not lost');
  assert.equal(judgeHistory(history(['granted', 'a'], ['denied', 'b'])).answer, 'lost-after-update');
  assert.equal(judgeHistory(history(['granted', 'a'], ['ask', 'a'])).answer, 'lost-once');
  assert.equal(judgeHistory(history(['granted', 'a'], ['denied', 'a'], ['granted', 'a'])).answer, 'steady');
  assert.deepEqual(judgeHistory(history(['granted', 'a'], ['denied', 'a'], ['granted', 'a'], ['denied', 'a'])), { answer: 'flips', losses: 2 });
  assert.equal(history(['granted', 'a'], ['granted', 'a'], ['granted', 'a']).length, 1, 'only changes are kept');
});

test('[PROBE3] a link is judged by what a voice needs', () => {
  assert.deepEqual([1_000_000, 48_000, 47_000, 8_000, 7_999].map(judgeThroughput), ['live', 'live', 'later', 'later', 'poor']);
  assert.equal(judgeSteadiness({ asked: 18, late: 0, lost: 0 }), 'steady');
  assert.equal(judgeSteadiness({ asked: 18, late: 1, lost: 0 }), 'uneven');
  assert.equal(judgeSteadiness({ asked: 18, late: 1, lost: 1 }), 'lossy');
  assert.equal(judgeSteadiness({ asked: 18, late: 0, lost: 18 }), 'unknown');
  assert.deepEqual([50, 150, 210].map((now) => judgeChange(100, now)), ['worse', 'same', 'better']);
});

test('[PROBE3] room, clock and microphone', () => {
  assert.deepEqual([4_000_000, 199_000_000, 201_000_000].map(judgeRoom), ['full', 'low', 'enough']);
  assert.deepEqual([-600_000, -60_000, 60_000, 600_000].map(judgeClock), ['behind', 'right', 'right', 'ahead']);
  assert.equal(judgeMicrophone('Built-in Microphone', null), 'same');
  assert.equal(judgeMicrophone('Jabra Evolve2 (Bluetooth)', null), 'wireless');
  assert.equal(judgeMicrophone('USB Audio', 'Built-in Microphone'), 'other');
});

test('[PROBE3] what is said into the recorder: a voice, only a room, each fault of the microphone, each stage that loses', () => {
  const taken = { codes: [], kept: 100, readBack: 100, peaks: new Uint8Array(100).fill(200) };
  assert.equal(judgeSound(taken), 'good');
  assert.equal(judgeStages(taken, null), 'whole');
  assert.equal(judgeSound({ ...taken, peaks: new Uint8Array(100).fill(20) }), 'room');
  assert.equal(judgeSound({ ...taken, codes: ['mic.silent', 'mic.quiet'] }), 'silent');
  assert.equal(judgeSound({ ...taken, codes: ['mic.denied'], kept: null, readBack: null }), 'not-allowed');
  assert.equal(judgeStages({ ...taken, codes: ['mic.denied'], kept: null, readBack: null }, null), 'unknown');
  assert.equal(judgeStages({ ...taken, readBack: 99 }, null), 'disk');
  assert.equal(judgeStages({ ...taken, codes: ['recorder.storage'] }, null), 'disk');
  assert.deepEqual(['encoded', 'written', 'worklet'].map((stage) => judgeStages({ ...taken, codes: ['recorder.pipeline'] }, stage)), ['encoder', 'disk', 'capture']);
});
