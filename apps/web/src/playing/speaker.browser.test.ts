import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Failure } from '@earshot/protocol/failures.ts';
import { createSpeaker } from './speaker.browser.ts';
import type { Speaker, SpeakerEvent } from './speaker.ts';

/** A media element that loads and plays when the test says so. */
class FakeElement extends EventTarget {
  error: { readonly code: number } | null = null;
  currentTime = 0;
  paused = true;
  src = '';
  /** What was loaded. As in browsers it stays, without its attribute as well, until `load` is called. */
  resource = '';
  #play = Promise.withResolvers<undefined>();
  load(): void {
    this.resource = this.src;
    this.error = null;
    this.currentTime = 0;
  }
  play(): Promise<void> {
    this.paused = false;
    this.#play = Promise.withResolvers<undefined>();
    return this.#play.promise;
  }
  pause(): void {
    this.paused = true;
  }
  removeAttribute(): void {
    this.src = '';
  }
  loaded(): void {
    this.dispatchEvent(new Event('loadedmetadata'));
  }
  sounds(): void {
    this.#play.resolve(undefined);
    this.dispatchEvent(new Event('playing'));
  }
  /** As browsers do it: whoever waits to play is not told. */
  break(code: number): void {
    this.error = { code };
    this.dispatchEvent(new Event('error'));
  }
}

let element: FakeElement;
let speaker: Speaker;
let told: SpeakerEvent[];

beforeEach(() => {
  element = new FakeElement();
  speaker = createSpeaker({ createElement: () => element } as unknown as Document);
  told = [];
  speaker.on((event) => told.push(event));
});

async function playing(): Promise<void> {
  const loaded = speaker.load(new Uint8Array(1));
  element.loaded();
  await loaded;
  const played = speaker.play();
  element.sounds();
  await played;
}

const unsupported = (media: number) => (error: unknown): boolean => error instanceof Failure && error.code === 'play.unsupported' && error.evidence['media'] === media;

test('[WEB17] what breaks in the midst is told with the browser’s own code, and counts as playing no longer', async () => {
  await playing();
  element.break(3);
  assert.equal(told[0], 'playing');
  assert.ok(unsupported(3)(told[1]));
  assert.deepEqual([told.length, element.paused], [2, true]);
});

test('[WEB17] what cannot be loaded or started is told once, to whoever waits for it', async () => {
  const loaded = speaker.load(new Uint8Array(1));
  element.break(4);
  await assert.rejects(loaded, unsupported(4));
  const again = speaker.load(new Uint8Array(1));
  element.loaded();
  await again;
  const played = speaker.play();
  element.break(3);
  await assert.rejects(played, unsupported(3));
  await turn();
  assert.deepEqual(told, []);
});

test('[WEB17] who listens no more is told nothing more, neither that it plays nor that it breaks', async () => {
  const others: SpeakerEvent[] = [];
  speaker.on((event) => others.push(event))();
  await playing();
  element.break(3);
  assert.deepEqual([others, told.length], [[], 2]);
});

test('[ACC1] what was put away is in the player no more: a media key would play it', async () => {
  await playing();
  assert.notEqual(element.resource, '');
  speaker.unload();
  assert.deepEqual([element.resource, element.paused], ['', true]);
  const loaded = speaker.load(new Uint8Array(1));
  speaker.unload();
  await assert.rejects(loaded, { name: 'AbortError' });
});

test('[WEB17] what broke is tried again where it was, and what was put away breaks in silence', async () => {
  await playing();
  element.currentTime = 6;
  element.break(2);
  const played = speaker.play();
  assert.deepEqual([element.error, element.currentTime], [null, 6]);
  element.sounds();
  await played;
  speaker.unload();
  element.break(2);
  assert.equal(told.filter((event) => event instanceof Failure).length, 1);
});
