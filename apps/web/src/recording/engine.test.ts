import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { signal } from '@preact/signals';
import { systemRandom } from '@earshot/base/random.ts';
import { createNextLasts } from '../keeping/next-lasts.ts';
import { createNotices } from '../shell/notices.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { FakeSpeaker } from '../testing/fake-speaker.ts';
import { createSampleEarshot } from '../testing/sample-earshot.ts';
import { createSampleRecorder } from '../testing/sample-recorder.ts';
import type { Words } from '../words/words.ts';
import { createRecording } from './create-recording.ts';
import type { Draft, Recording } from './recording.ts';

const draft: Draft = { take: 'take', conversation: 'talk', started: 0, seconds: 12, peaks: new Uint8Array(600), why: null };

function recordingWith(speaker: FakeSpeaker, failed: (error: unknown) => void): Recording {
  const clock = { now: () => 0, sleep: () => Promise.withResolvers<never>().promise };
  const notices = { ...createNotices(clock), failed };
  const recorder = createSampleRecorder({});
  const nothing = async (): Promise<void> => undefined;
  return createRecording({
    earshot: createSampleEarshot({ world: 'empty' }), recorder: async () => recorder, speaker, notices, clock, random: systemRandom, preferences: memoryPreferences(), next: createNextLasts(), deviceName: 'Phone',
    shelf: { drafts: signal([]), resting: signal([]), read: nothing, hold: () => undefined, open: () => undefined, restore: nothing, letGo: nothing, forgetWhenStored: () => undefined, keeps: () => false },
    player: { pause: () => undefined },
    words: { t: (key: string) => key, spokenLength: String } as unknown as Words,
    prime: async () => true, askShort: async () => 'keep', sent: () => undefined, cue: () => undefined,
  });
}

test('[WEB46] [WEB47] a draft that gave way to a message before it sounded is no fault of the app; another failure is said', async () => {
  const speaker = new FakeSpeaker();
  const said: unknown[] = [];
  const recording = recordingWith(speaker, (error) => void said.push(error));
  let refusal = new DOMException('play() was interrupted by pause()', 'AbortError');
  // As a browser does with a play that waits when it is paused.
  speaker.play = async () => {
    throw refusal;
  };
  recording.listenToDraft(draft);
  await turn();
  assert.deepEqual([recording.phase.value, recording.playing.value, said], ['listening', false, []]);
  recording.toggleListening();
  await turn();
  assert.deepEqual(said, []);
  refusal = new DOMException('a touch first', 'NotAllowedError');
  recording.toggleListening();
  await turn();
  assert.deepEqual(said, [refusal]);
});
