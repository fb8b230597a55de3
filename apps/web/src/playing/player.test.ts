import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Id } from '@earshot/base/ids.ts';
import type { FindQuery, FoundMessages } from '@earshot/client/earshot-finding.ts';
import type { Happening, Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { createNotices, type Notices } from '../shell/notices.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { FakeSpeaker, message } from '../testing/fake-speaker.ts';
import { createPlayer, type Player } from './player.ts';
import type { Gap } from './gap.ts';

let speaker: FakeSpeaker;
let player: Player;
let notices: Notices;
let all: Message[];
let heard: { id: Id; seconds: number }[];
let say: (happening: Happening) => void;
const preferences = memoryPreferences();
let missing: Id | null;
/** What is asked of the replica is answered only then. */
let gate: Promise<unknown>;
const speeds = new Map<Id, number>();
let places: [Id, number][];
let gaps: readonly Gap[];
let maySound: boolean;

beforeEach(() => {
  speaker = new FakeSpeaker();
  heard = [];
  missing = null;
  gate = Promise.resolve();
  all = [message('one'), message('mine', { mine: true, from: 'me' }), message('known', { heard: true }), message('two'), message('three')].map((one, time) => ({ ...one, time }));
  const earshot = {
    on: (listener: (happening: Happening) => void) => {
      say = listener;
      return () => undefined;
    },
    messages: {
      list: async (_: Id, { limit = 50 } = {}) => gate.then(() => all.slice(-limit)),
      get: async (id: Id) => all.find((one) => one.id === id) ?? null,
      audio: async (id: Id) => {
        if (id === missing) throw new Failure('message.missing');
        await gate;
        return new Uint8Array(0);
      },
      heard: async (id: Id, seconds: number) => void heard.push({ id, seconds }),
      remove: async () => undefined,
      ask: async () => undefined,
      find: async (query: FindQuery) => gate.then(() => pageOf(query)),
      forward: async (id: Id) => id,
      keepWords: async () => undefined, keep: async () => undefined, removeForMe: async () => undefined, removeForGood: async () => undefined, restore: async () => undefined, recentlyDeleted: async () => [],
    },
  };
  const listening = {
    speed: async (person: Id) => speeds.get(person) ?? 1,
    keepSpeed: async (person: Id, speed: number) => void speeds.set(person, speed),
    keepPlace: async (id: Id, seconds: number) => void places.push([id, seconds]),
  };
  speeds.clear();
  places = [];
  gaps = [];
  maySound = true;
  const clock = { now: () => 0, sleep: () => Promise.withResolvers<never>().promise };
  notices = createNotices(clock);
  player = createPlayer({ earshot: { ...earshot, listening }, speaker, preferences, clock, notices, silences: async () => gaps, maySound: () => maySound });
});

/** As the replica finds them: what rests or is gone is not there to be heard. */
function pageOf({ after = 0, cursor = '0', limit = 50, oldestFirst = false }: FindQuery): FoundMessages {
  const fitting = all.filter(({ mine, heard: known, removed, resting, time }) => !mine && !known && removed === null && resting === null && time >= after);
  const found = oldestFirst ? fitting : fitting.toReversed();
  const end = Number(cursor) + limit;
  return { messages: found.slice(Number(cursor), end), count: found.length, more: end < found.length ? String(end) : null };
}

const at = (index: number): Message => {
  const found = all[index];
  assert.ok(found);
  return found;
};

test('[WEB2] opening and jumping are not hearing; nine tenths played are, and it is said once', async () => {
  player.toggle(at(0));
  await turn();
  player.seek(at(0), 9.9);
  player.tick();
  assert.deepEqual(heard, []);
  speaker.sound(0, 9);
  player.tick();
  player.tick();
  assert.deepEqual(heard, [{ id: 'one', seconds: 9 }]);
});

test('[WEB2] [RET8] whoever plays a moment and goes to the end has not heard it; whoever plays up to the end has', async () => {
  for (const from of [9.9, 8]) {
    player.toggle(at(0));
    await turn();
    speaker.sound(0, 0.2);
    player.seek(at(0), from);
    speaker.sound(from, 10);
    speaker.end();
    player.stop();
    assert.equal(heard.length, from === 8 ? 1 : 0);
  }
});

test('[WEB17] after the end the next unheard one follows; one’s own and those heard are skipped', async () => {
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 10);
  speaker.end();
  await turn();
  assert.equal(player.track.value?.id, 'two');
  assert.equal(player.state.value, 'playing');
});

test('[WEB17] after the last one the oldest unheard follows, none twice, and then it is over', async () => {
  player.toggle(at(3));
  await turn();
  const played: (Id | undefined)[] = [];
  // Nothing of it is ever known as heard: of those that were skipped it is the same.
  while (player.track.value !== null && played.length < 9) {
    played.push(player.track.value.id);
    speaker.end();
    await turn();
  }
  assert.deepEqual(played, ['two', 'three', 'one']);
  assert.equal(player.state.value, 'idle');
  player.toggle(at(4));
  await turn();
  player.next();
  await turn();
  assert.equal(player.track.value?.id, 'one', 'whoever chooses a message begins anew');
});

test('[WEB17] what a person deleted for herself rests, and is neither played nor told as heard', async () => {
  all = all.map((one) => (one.id === 'two' ? { ...one, resting: { until: 1, whose: 'me' } } : one));
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 10);
  speaker.end();
  await turn();
  assert.equal(player.track.value?.id, 'three');
  assert.deepEqual(heard.map(({ id }) => id), ['one']);
});

test('[WEB17] of many hundred unheard ones each that can be heard has its turn, from whichever one begins, in the order in which they were said', async () => {
  const failure = { code: 'message.missing', evidence: {} } as const;
  all = Array.from({ length: 800 }, (_, number) => message(`m${number}`, { seq: number + 1, time: 1_000 + Math.floor(number / 2), failure: number >= 200 && number < 280 ? failure : null }));
  player.toggle(at(100));
  await turn();
  const played: (Id | undefined)[] = [];
  while (player.track.value !== null && played.length < 900) {
    played.push(player.track.value.id);
    speaker.end();
    while (player.track.value?.id === played.at(-1)) await turn();
  }
  assert.deepEqual(played, [...all.slice(100, 200), ...all.slice(280), ...all.slice(0, 100)].map(({ id }) => id));
});

test('[WEB17] speed is remembered for each person', async () => {
  player.toggle(at(0));
  await turn();
  player.setSpeed(1.5);
  player.toggle(at(1));
  await turn();
  assert.equal(speaker.factor, 1);
  player.toggle(at(3));
  await turn();
  assert.equal(speaker.factor, 1.5);
});

test('[WEB17] what was taken back falls silent at once', async () => {
  player.toggle(at(0));
  await turn();
  say({ type: 'removed', conversation: 'talk', message: 'one', person: 'ada', rule: 'removed' });
  assert.equal(player.track.value, null);
  assert.equal(player.state.value, 'idle');
});

test('[WEB17] whoever was asked for last is played, and a failure names its message', async () => {
  player.toggle(at(0));
  player.toggle(at(3));
  await turn();
  assert.equal(player.track.value?.id, 'two');
  assert.equal(speaker.loaded, 1);
  missing = 'three';
  player.toggle(at(4));
  await turn();
  assert.deepEqual({ message: player.failure.value?.message, code: player.failure.value?.code }, { message: 'three', code: 'message.missing' });
});

test('[WEB26] where one stopped is kept, and gone on from; an end is a beginning', async () => {
  all = all.map((one) => ({ ...one, place: one.id === 'two' ? 4 : 0 }));
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 6.04);
  player.pause();
  assert.deepEqual(places, [['one', 6]]);
  player.toggle(at(3));
  await turn();
  assert.equal(speaker.position, 4);
  speaker.sound(4, 10);
  speaker.end();
  await turn();
  assert.deepEqual(places.at(-1), ['two', 0]);
});

test('[WEB25] a pause is skipped while playing; what was skipped is neither played nor missed', async () => {
  gaps = [{ start: 2, end: 8 }];
  player.setSkipping(true);
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 2.1);
  player.tick();
  assert.deepEqual([speaker.position, player.position.value], [8, 8]);
  player.tick();
  assert.equal(heard.length, 0, 'half of the words are not all of them');
  speaker.sound(8, 9.9);
  player.tick();
  assert.deepEqual(heard.map((one) => Math.round(one.seconds * 10) / 10), [4]);
  player.setSkipping(false);
  speaker.position = 3;
  player.tick();
  assert.equal(player.position.value, 3);
});

test('[WEB25] a pause is left behind at once, also where the speaker rounds its end down', async () => {
  gaps = [{ start: 0.5, end: 65 * 0.02 - 0.15 }];
  player.setSkipping(true);
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 0.6);
  player.tick();
  player.tick();
  assert.deepEqual([speaker.sought.length, speaker.position], [1, 1.15]);
  player.setSkipping(false);
});

test('[WEB17] the headset’s button goes to the next unheard one', async () => {
  player.toggle(at(0));
  await turn();
  player.next();
  await turn();
  await turn();
  assert.equal(player.track.value?.id, 'two');
});

test('[WEB26] a message that could not be played keeps its place', async () => {
  missing = 'two';
  player.toggle(at(3));
  await turn();
  player.stop();
  assert.deepEqual(places, []);
});

test('[WEB17] [WEB26] what breaks in the midst is said and stands still; it keeps its place, and is tried again from there', async () => {
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 6);
  player.tick();
  speaker.break();
  await turn();
  assert.equal(player.state.value, 'paused');
  assert.deepEqual(player.failure.value, { message: 'one', code: 'play.unsupported', evidence: { media: 3 } });
  assert.equal(player.track.value?.id, 'one', 'nothing follows a message that nobody could hear');
  assert.deepEqual([places, heard], [[['one', 6]], []]);
  all = all.map((one) => (one.id === 'one' ? { ...one, place: 6 } : one));
  player.toggle(at(0));
  await turn();
  assert.deepEqual([player.failure.value, player.state.value, speaker.loaded, speaker.position], [null, 'playing', 2, 6]);
});

test('[WEB46] what nobody foresaw while a message begins is said as well', async () => {
  const reported: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
  speaker.load = async () => Promise.reject(new TypeError('no such part'));
  player.toggle(at(0));
  await turn();
  assert.deepEqual([notices.current.value?.said, reported.length, player.state.value], [{ type: 'words', key: 'app.fault' }, 1, 'paused']);
});

test('[WEB17] what breaks while the next is fetched is not said of that one', async () => {
  player.toggle(at(0));
  await turn();
  player.toggle(at(3));
  speaker.break();
  await turn();
  assert.deepEqual([player.track.value?.id, player.state.value, player.failure.value], ['two', 'playing', null]);
});

test('[WEB17] what is paused while it is fetched is not played when it comes, by whichever button', async () => {
  for (const pause of [() => player.pause(), () => player.toggle(at(0))]) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    player.toggle(at(0));
    await turn();
    assert.equal(player.state.value, 'fetching');
    pause();
    resolve(undefined);
    await turn();
    assert.deepEqual([player.state.value, speaker.loaded], ['idle', 0]);
  }
  player.toggle(at(0));
  await turn();
  assert.equal(player.state.value, 'playing', 'asked for again it plays');
});

test('[WEB47] while nothing may sound no message begins, goes on or follows, and what stood still goes on after', async () => {
  maySound = false;
  player.toggle(at(0));
  player.seek(at(0), 3);
  await turn();
  assert.deepEqual([player.track.value, player.state.value, speaker.loaded], [null, 'idle', 0]);
  maySound = true;
  player.toggle(at(0));
  await turn();
  player.pause();
  maySound = false;
  player.toggle(at(0));
  player.next();
  await turn();
  assert.deepEqual([player.track.value?.id, player.state.value], ['one', 'paused']);
  maySound = true;
  player.toggle(at(0));
  await turn();
  assert.deepEqual([player.state.value, speaker.loaded], ['playing', 1]);
});

test('[WEB17] nothing follows once it was paused, neither by itself nor by the headset’s button', async () => {
  for (const forward of [() => speaker.end(), () => player.next()]) {
    player.toggle(at(0));
    await turn();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    forward();
    player.pause();
    resolve(undefined);
    await turn();
    assert.deepEqual([player.track.value?.id, player.state.value], ['one', 'paused']);
    player.stop();
  }
});

test('[WEB17] of the places gone to while a message is fetched the last one counts, its beginning as well', async () => {
  all = all.map((one) => ({ ...one, place: 4 }));
  for (const last of [7, 0]) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    for (const place of [2, 5, last]) player.seek(at(0), place);
    assert.equal(player.position.value, last);
    resolve(undefined);
    await turn();
    assert.deepEqual([player.state.value, speaker.position, player.position.value], ['playing', last, last]);
    player.stop();
  }
});

test('[ACC1] when its person is gone nothing of hers stays, and her place is not kept for whoever comes next', async () => {
  player.toggle(at(0));
  await turn();
  speaker.sound(0, 6);
  player.tick();
  player.leave();
  assert.deepEqual([player.track.value, player.state.value, player.position.value, speaker.holds], [null, 'idle', 0, false]);
  missing = 'two';
  player.toggle(at(3));
  await turn();
  player.leave();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  gate = promise;
  player.toggle(at(0));
  player.leave();
  resolve(undefined);
  await turn();
  assert.deepEqual([player.track.value, player.failure.value, places, speaker.holds], [null, null, [], false]);
});

test('[WEB2] what the one before still tells while the next is fetched is not told of that one', async () => {
  player.toggle(at(0));
  await turn();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  gate = promise;
  player.toggle(at(3));
  speaker.sound(0, 10);
  await speaker.play();
  speaker.end();
  assert.deepEqual([player.state.value, heard], ['fetching', []]);
  resolve(undefined);
  await turn();
  assert.deepEqual([player.track.value?.id, player.state.value], ['two', 'playing']);
});
