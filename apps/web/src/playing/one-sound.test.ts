import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import { oneSound } from './one-sound.ts';
import type { Player } from './player.ts';

test('[WEB47] of a message and a draft that one sounds which began last, and a draft of another device beside neither', () => {
  const state = signal<Player['state']['value']>('idle');
  const [playing, busy] = [signal(false), signal(false)];
  let others = 0;
  oneSound({
    // As the player does, it looks at its own state.
    player: { state, pause: () => void (state.value === 'playing' && (state.value = 'paused')) },
    recording: { playing, busy },
    draftSpeaker: { pause: () => void (playing.value = false) },
    elsewhere: { playing: signal(null), pause: () => void (others += 1) },
    maySound: () => true,
  });
  const sounding = () => [state.value === 'playing', playing.value];
  busy.value = true;
  assert.equal(others, 1);
  playing.value = true;
  assert.deepEqual(sounding(), [false, true]);
  state.value = 'playing';
  assert.deepEqual(sounding(), [true, false]);
  assert.equal(others, 2);
  playing.value = true;
  assert.deepEqual(sounding(), [false, true]);
});

test('[WEB47] a draft of another device that a headset plays again sounds beside no message, and into no microphone, and she is told', () => {
  const state = signal<Player['state']['value']>('idle');
  const [other, busy] = [signal<string | null>(null), signal(false)];
  let told = 0;
  oneSound({
    player: { state, pause: () => void (state.value = 'paused') },
    recording: { playing: signal(false), busy },
    draftSpeaker: { pause: () => undefined },
    elsewhere: { playing: other, pause: () => void (other.value = null) },
    maySound: () => {
      if (busy.value) told += 1;
      return !busy.value;
    },
  });
  other.value = 'take';
  state.value = 'playing';
  assert.equal(other.value, null);
  other.value = 'take';
  assert.deepEqual([state.value, other.value], ['paused', 'take']);
  // What was asked for since and is still being fetched comes, and is the last then.
  state.value = 'fetching';
  other.value = null;
  other.value = 'take';
  assert.equal(state.value, 'fetching');

  busy.value = true;
  assert.deepEqual([other.value, told], [null, 0], 'who begins to speak asked for no sound');
  other.value = 'take';
  assert.deepEqual([other.value, told], [null, 1]);
  busy.value = false;
  assert.equal(other.value, null);
});
