import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { signal } from '@preact/signals';
import type { Message } from '@earshot/client/earshot.ts';
import { message } from '../testing/fake-speaker.ts';
import { joinMediaSession } from './media-session.browser.ts';
import type { Player } from './player.ts';

// Node has none.
Object.assign(globalThis, { MediaMetadata: EventTarget });

const track = signal<Message | null>(null);
const state = signal<Player['state']['value']>('idle');
let asked: string[];
/** What the page does itself. */
let handlers: Map<string, MediaSessionActionHandler>;

beforeEach(() => {
  track.value = null;
  state.value = 'idle';
  asked = [];
  handlers = new Map();
  const session = {
    metadata: null,
    playbackState: 'none',
    setActionHandler: (action: MediaSessionAction, handler: MediaSessionActionHandler | null) => void (handler === null ? handlers.delete(action) : handlers.set(action, handler)),
  };
  const player = { track, state, position: signal(0), pause: () => asked.push('pause'), toggle: () => asked.push('toggle'), next: () => asked.push('next'), stop: () => asked.push('stop'), seek: () => asked.push('seek') };
  joinMediaSession(player as unknown as Player, session as unknown as MediaSession, () => ({ title: '', artist: '' }));
});

const press = (action: MediaSessionAction): void => handlers.get(action)?.({ action });

test('[WEB26] without a message the keys are the browser’s, which pauses a draft that plays', () => {
  assert.deepEqual([...handlers.keys()], []);
  track.value = message('one');
  state.value = 'playing';
  assert.deepEqual([...handlers.keys()].toSorted(), ['nexttrack', 'pause', 'play', 'seekbackward', 'seekforward', 'seekto', 'stop']);
  for (const action of ['play', 'pause', 'nexttrack', 'stop', 'seekforward'] as const) press(action);
  assert.deepEqual(asked, ['pause', 'next', 'stop', 'seek'], 'what plays is not played again');
  track.value = null;
  state.value = 'idle';
  assert.deepEqual([...handlers.keys()], []);
});

test('[WEB26] beside a message that stands still the key pauses what else plays, and goes on with the message', () => {
  track.value = message('one');
  state.value = 'paused';
  assert.equal(handlers.has('pause'), false);
  press('play');
  assert.deepEqual(asked, ['toggle']);
  state.value = 'fetching';
  press('pause');
  assert.deepEqual(asked, ['toggle', 'pause']);
});
