import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { createCues, lengthOf } from './cues.ts';
import type { Phase, Recording } from './recording.ts';
import { watchForCues } from './watch-for-cues.ts';

function stage(preferences = memoryPreferences(), latency = 20) {
  const did: string[] = [];
  const sounder = { latency: async () => latency, play: (cue: string) => void did.push(cue) };
  const cues = createCues(sounder, preferences, async () => undefined);
  const recording = { phase: signal<Phase>('idle'), fault: signal<Recording['fault']['value']>(null), peaks: signal(new Uint8Array(0)) };
  watchForCues(recording, cues, async (milliseconds) => void did.push(`hush ${milliseconds}`));
  const speak = (peak: number): Promise<unknown> => {
    recording.peaks.value = new Uint8Array(50).fill(peak);
    return new Promise((resolve) => setImmediate(resolve));
  };
  const fault = (code: FailureCode): void => void (recording.fault.value = { code, evidence: {} });
  return { did, cues, recording, speak, fault };
}

test('[REC29] sent and kept are told when they are, once, and a person’s own pause is not', async () => {
  const { did, recording, fault, speak } = stage();
  for (const phase of ['starting', 'recording', 'paused', 'sending', 'idle', 'starting', 'recording'] as const) recording.phase.value = phase;
  await speak(200);
  assert.deepEqual(did, ['sent']);
  fault('mic.ended');
  recording.phase.value = 'paused';
  await speak(200);
  assert.deepEqual(did, ['sent', 'kept']);
});

test('[REC29] in mid-take a cue waits until nobody speaks, and silence is recorded for its length', async () => {
  const { did, recording, fault, speak } = stage();
  recording.phase.value = 'recording';
  await speak(200);
  fault('recorder.storage-low');
  await speak(180);
  assert.deepEqual(did, []);
  await speak(10);
  assert.deepEqual(did, [`hush ${lengthOf('limit') + 20 + 150}`, 'limit']);
  await speak(0);
  assert.equal(did.length, 2);
});

test('[REC29] what is not wanted, and what would come too late, is not given; choices last', async () => {
  const preferences = memoryPreferences();
  const { did, cues, recording } = stage(preferences);
  cues.choose('wanted', false);
  recording.phase.value = 'sending';
  recording.phase.value = 'idle';
  await cues.give('recording');
  assert.deepEqual(did, []);
  assert.equal(stage(preferences).cues.wanted.value, false);
  const far = stage(memoryPreferences(), 900);
  await far.cues.give('sent');
  assert.deepEqual(far.did, []);
});
