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
    elsewhere: { pause: () => void (others += 1) },
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
