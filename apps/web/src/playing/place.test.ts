import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { createNotices } from '../shell/notices.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { FakeSpeaker, message } from '../testing/fake-speaker.ts';
import { createPlayer, type Player } from './player.ts';

/** A replica that holds what this player said of places, and what her other devices did. */
class FakeReplica {
  messages: Message[] = [message('one', { seconds: 1_500 }), message('two', { seconds: 1_500 })];
  /** What this player said. */
  said: [Id, number][] = [];
  /** Nothing is written down before. */
  disk: Promise<unknown> = Promise.resolve();

  get(id: Id): Message {
    const found = this.messages.find((one) => one.id === id);
    assert.ok(found);
    return found;
  }

  /** Another device of hers stopped there. */
  stopped(id: Id, place: number): void {
    this.messages = this.messages.map((one) => (one.id === id ? { ...one, place } : one));
  }

  async keep(id: Id, place: number): Promise<void> {
    this.said.push([id, place]);
    await this.disk;
    this.stopped(id, place);
  }
}

let speaker: FakeSpeaker;
let replica: FakeReplica;
let player: Player;
/** As long as somebody waits who draws along a waveform. */
let pass: () => Promise<void>;
/** The page is opened anew on the same device. */
let reload: () => void;

beforeEach(() => {
  speaker = new FakeSpeaker();
  replica = new FakeReplica();
  let waiting: (() => void)[] = [];
  pass = async () => {
    for (const go of waiting) go();
    waiting = [];
    await turn();
  };
  const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
  const messages = {
    find: async () => ({ messages: replica.messages, count: replica.messages.length, more: null }),
    get: async (id: Id) => replica.get(id),
    audio: async () => new Uint8Array(0),
    heard: async () => undefined,
  };
  const listening = { speed: async () => 1, keepSpeed: async () => undefined, keepPlace: async (id: Id, seconds: number) => await replica.keep(id, seconds) };
  const earshot = { on: () => () => undefined, messages, listening } as unknown as Parameters<typeof createPlayer>[0]['earshot'];
  const preferences = memoryPreferences();
  reload = () => {
    speaker = new FakeSpeaker();
    player = createPlayer({ earshot, speaker, clock, preferences, notices: createNotices(clock), silences: async () => [], maySound: () => true });
  };
  reload();
});

async function play(id: Id): Promise<void> {
  player.toggle(replica.get(id));
  await turn();
}

/** Plays the first one from its beginning to there. */
async function playTo(seconds: number): Promise<void> {
  await play('one');
  speaker.sound(0, seconds);
  player.tick();
}

async function pausedAt(seconds: number): Promise<void> {
  await playTo(seconds);
  player.pause();
  await turn();
  replica.said = [];
}

test('[WEB26] [REP9] a paused player that is put away, or left for another message, does not undo what was listened to elsewhere', async () => {
  for (const away of [() => player.stop(), () => player.next(), () => player.keep(), () => player.toggle(replica.get('two'))]) {
    // Further on, and heard to its end.
    for (const elsewhere of [1_200, 0]) {
      replica.stopped('one', 0);
      await pausedAt(20);
      replica.stopped('one', elsewhere);
      away();
      await turn();
      assert.deepEqual([replica.said, replica.get('one').place], [[], elsewhere]);
      player.leave();
    }
  }
});

test('[WEB26] [REP9] played again it goes on where she stopped elsewhere, and from there on its place is the one that counts', async () => {
  await pausedAt(20);
  replica.stopped('one', 1_200);
  await play('one');
  assert.deepEqual([player.state.value, speaker.position, player.position.value], ['playing', 1_200, 1_200]);
  speaker.sound(1_200, 1_210);
  player.pause();
  assert.deepEqual(replica.said, [['one', 1_210]]);
});

test('[WEB26] [REP9] asked to play and then not to, it stands where it stood, and follows when it is asked again', async () => {
  await pausedAt(20);
  replica.stopped('one', 1_200);
  player.toggle(replica.get('one'));
  player.pause();
  await turn();
  assert.deepEqual([player.state.value, speaker.position], ['paused', 20]);
  await play('one');
  assert.deepEqual([player.state.value, speaker.position], ['playing', 1_200]);
});

test('[WEB26] [REP9] whoever went to another place here plays there, wherever she stopped elsewhere', async () => {
  await pausedAt(20);
  replica.stopped('one', 1_200);
  player.seek(replica.get('one'), 300);
  await play('one');
  assert.deepEqual([player.state.value, speaker.position], ['playing', 300]);
});

test('[WEB26] played again at once it goes on, though its place is not written down yet', async () => {
  await playTo(20);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  replica.disk = promise;
  player.pause();
  await play('one');
  resolve(undefined);
  await turn();
  assert.deepEqual([player.state.value, speaker.position], ['playing', 20]);
});

test('[WEB26] a place that could not be written down is not lost to this player', async () => {
  await playTo(20);
  replica.disk = Promise.reject(new Failure('device.storage'));
  player.pause();
  await turn();
  replica.disk = Promise.resolve();
  await play('one');
  assert.deepEqual([player.state.value, speaker.position], ['playing', 20]);
  player.stop();
  assert.deepEqual(replica.said.at(-1), ['one', 20]);
});

test('[WEB26] a place that was gone to while it is paused is kept, once for all that was drawn along', async () => {
  await pausedAt(30);
  for (const seconds of [100, 200, 300]) player.seek(replica.get('one'), seconds);
  assert.deepEqual(replica.said, []);
  await pass();
  assert.deepEqual(replica.said, [['one', 300]]);
  player.stop();
  assert.equal(replica.said.length, 1, 'and not once more');
});

test('[WEB26] whoever chooses another message, or leaves the page, keeps the place she just went to', async () => {
  for (const away of [() => player.toggle(replica.get('two')), () => player.keep(), () => player.stop()]) {
    replica.stopped('one', 0);
    await pausedAt(30);
    player.seek(replica.get('one'), 300);
    away();
    await pass();
    assert.deepEqual(replica.said, [['one', 300]]);
    player.leave();
  }
});

test('[WEB26] [ACC1] where one went to is not kept any more once its person is gone', async () => {
  await pausedAt(30);
  player.seek(replica.get('one'), 300);
  player.leave();
  await pass();
  assert.deepEqual(replica.said, []);
});

test('[WEB26] what plays keeps its place when the page is left, before it would by itself', async () => {
  await playTo(50);
  player.keep();
  assert.deepEqual(replica.said, [['one', 50]]);
  player.keep();
  assert.equal(replica.said.length, 1, 'it did not move since');
});

test('[WEB26] while it plays its place is kept once a minute: that is what a crash costs', async () => {
  await playTo(59);
  assert.deepEqual(replica.said, []);
  for (const seconds of [61, 90, 120, 122]) {
    speaker.sound(seconds - 1, seconds);
    player.tick();
  }
  assert.deepEqual(replica.said, [['one', 61], ['one', 122]]);
});

/** The page ends while it plays, before anything could be written down. */
async function cutOffAt(seconds: number): Promise<void> {
  await playTo(seconds);
  const disk = replica.disk;
  replica.disk = Promise.withResolvers<never>().promise;
  player.keep();
  replica.disk = disk;
  replica.said = [];
  reload();
}

test('[WEB26] after a reload that left no time to write its place down it goes on there, and says so then', async () => {
  await cutOffAt(50);
  await play('two');
  assert.equal(speaker.position, 0, 'another message is not meant');
  speaker.sound(0, 20);
  player.pause();
  await turn();
  await play('one');
  assert.deepEqual([speaker.position, player.position.value], [50, 50]);
  player.stop();
  assert.deepEqual(replica.said.at(-1), ['one', 50]);
  await turn();
  replica.stopped('one', 0);
  await play('one');
  assert.equal(speaker.position, 0, 'it counts once');
});

test('[WEB26] [REP9] what was left in a reload gives way to where she stopped elsewhere since, and goes with its person', async () => {
  await cutOffAt(50);
  replica.stopped('one', 1_200);
  await play('one');
  assert.equal(speaker.position, 1_200);
  player.leave();
  replica.stopped('one', 0);
  await cutOffAt(50);
  player.leave();
  await play('one');
  assert.equal(speaker.position, 0);
});
