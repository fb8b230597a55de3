import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Id } from '@earshot/base/ids.ts';
import type { Draft } from '@earshot/client/earshot-drafts.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Speaker, SpeakerEvent } from '../playing/speaker.ts';
import { createNextLasts } from '../keeping/next-lasts.ts';
import { createNotices } from '../shell/notices.ts';
import { createElsewhere, type Elsewhere } from './elsewhere.ts';

const draft = (take: Id): Draft => ({ take, conversation: 'talk', made: 0, device: 'Phone', seconds: 3, waveform: new Uint8Array(8) });

const [one, other] = [draft('one'), draft('other')];
/** What each draft is still waiting for. */
let sounds: ReadonlyMap<Id, PromiseWithResolvers<Uint8Array<ArrayBuffer>>>;
/** How long each file was that began to sound. */
let played: number[];
let elsewhere: Elsewhere;
let notices: ReturnType<typeof createNotices>;
let next: ReturnType<typeof createNextLasts>;
/** What each was sent with. */
let sent: unknown[];

beforeEach(() => {
  sounds = new Map([one, other].map(({ take }) => [take, Promise.withResolvers<Uint8Array<ArrayBuffer>>()]));
  [played, sent, next] = [[], [], createNextLasts()];
  let loaded = 0;
  let tell: (event: SpeakerEvent) => void = () => undefined;
  const speaker: Speaker = {
    position: 0, length: 0, played: [],
    load: async (file) => void (loaded = file.length),
    play: async () => {
      played.push(loaded);
      tell('playing');
    },
    pause: () => tell('paused'),
    seek: () => undefined, speed: () => undefined, unload: () => undefined,
    on: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  notices = createNotices({ now: () => 0, sleep: () => Promise.withResolvers<never>().promise });
  const drafts = {
    list: async () => [one, other],
    audio: async (take: Id) => {
      const sound = sounds.get(take);
      assert.ok(sound);
      return await sound.promise;
    },
    send: async (take: Id, chosen?: object) => {
      sent.push([take, chosen]);
      return take;
    },
    discard: async () => undefined, discarded: async () => [], follow: async () => true,
    resting: async () => [], restore: async () => undefined, forget: async () => undefined,
  };
  elsewhere = createElsewhere({ earshot: { drafts, on: () => () => undefined }, speaker, player: { pause: () => undefined }, notices, next, sent: () => undefined });
});

const arrives = async ({ take }: Draft, length: number): Promise<void> => {
  sounds.get(take)?.resolve(new Uint8Array(length));
  await turn();
};

test('[DRAFT1] a draft that was paused while it is fetched does not play when it comes; asked for again it does', async () => {
  elsewhere.listen(one);
  elsewhere.pause();
  await arrives(one, 1);
  assert.deepEqual([played, elsewhere.playing.value], [[], null]);
  elsewhere.listen(one);
  await turn();
  assert.deepEqual([played, elsewhere.playing.value], [[1], 'one']);
});

test('[DRAFT1] of two drafts the one asked for last plays, whichever comes first', async () => {
  elsewhere.listen(one);
  elsewhere.listen(other);
  await arrives(other, 2);
  await arrives(one, 1);
  assert.deepEqual([played, elsewhere.playing.value], [[2], 'other']);
});

test('[DRAFT1] a draft that was sent, discarded, or left with its person does not play when it comes, and its failure is told to nobody', async () => {
  for (const end of [() => elsewhere.send(one), () => elsewhere.discard(one), () => elsewhere.open(false)]) {
    elsewhere.listen(one);
    end();
    await turn();
  }
  const said = notices.current.value;
  sounds.get('one')?.reject(new Failure('message.missing'));
  await turn();
  assert.deepEqual([played, notices.current.value], [[], said]);
});

test('[KEEP5] what another device recorded is sent with what was chosen for the next message, and the one after it is not', async () => {
  next.choose({ conversation: 'talk', seconds: 0 });
  elsewhere.send(one);
  assert.equal(next.lasts.value, null);
  elsewhere.send(other);
  await turn();
  assert.deepEqual(sent, [['one', { expiry: 0 }], ['other', {}]]);
});
