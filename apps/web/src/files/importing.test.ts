import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, OutgoingTake } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { createNextLasts, type NextLasts } from '../keeping/next-lasts.ts';
import { createNotices, type Notices } from '../shell/notices.ts';
import type { ConvertedSound } from './conversion.ts';
import { createImporting, type Importing } from './importing.ts';

const SOUND: ConvertedSound = { packets: [Uint8Array.of(1)], samples: 960, preSkip: 312, waveform: new Uint8Array(1), silent: false };

type Step = 'convert' | 'ask' | 'begin' | 'append' | 'send';
/** What each step of a file's way waits for. */
let steps: Record<Step, PromiseWithResolvers<unknown>>;
/** What the outbox was told. */
let did: unknown[];
let importing: Importing;
let notices: Notices;
let next: NextLasts;

beforeEach(() => {
  const open = (): PromiseWithResolvers<unknown> => Promise.withResolvers<unknown>();
  steps = { convert: open(), ask: open(), begin: open(), append: open(), send: open() };
  did = [];
  notices = createNotices({ now: () => 0, sleep: () => Promise.withResolvers<never>().promise });
  next = createNextLasts();
  const take = {
    append: async () => {
      did.push('append');
      await steps.append.promise;
    },
    send: async ({ expiry }: { expiry?: number | null }) => {
      did.push(['send', expiry]);
      await steps.send.promise;
    },
    cancel: async () => void did.push('cancel'),
  } as unknown as OutgoingTake;
  const begin = async (): Promise<OutgoingTake> => {
    did.push('begin');
    await steps.begin.promise;
    return take;
  };
  importing = createImporting({
    earshot: { outgoing: { begin } } as unknown as Earshot, random: systemRandom, notices, next,
    convert: async () => await steps.convert.promise as ConvertedSound,
    askSilent: async () => await steps.ask.promise as boolean,
  });
});

const offer = (conversation = 'talk'): void => importing.offer(conversation, [new File([], 'song.mp3')]);
const goes = async (step: Step, result?: unknown): Promise<void> => {
  steps[step].resolve(result);
  await turn();
};
const said = (): unknown => {
  const { said: one } = notices.current.value ?? {};
  return one?.type === 'words' ? one.key : one?.type;
};

test('[WEB11] a file that is cancelled is not sent, however far it has come; what cannot be cancelled any more offers it to nobody', async () => {
  const way: readonly (readonly [Step, unknown])[] = [['convert', SOUND], ['begin', undefined], ['append', undefined]];
  const seen = [];
  for (let far = 0; far <= way.length; far += 1) {
    did = [];
    for (const step of ['convert', 'begin', 'append', 'send'] as const) steps[step] = Promise.withResolvers();
    offer();
    for (const [step, result] of way.slice(0, far)) await goes(step, result);
    importing.dismiss();
    const told = said();
    notices.dismiss();
    for (const [step, result] of way.slice(far)) await goes(step, result);
    await goes('send');
    seen.push([told, did, said()]);
    assert.equal(importing.state.value, null);
    notices.dismiss();
  }
  assert.deepEqual(seen, [
    ['file.cancelled', [], undefined],
    ['file.cancelled', ['begin', 'append', 'cancel'], undefined],
    ['file.cancelled', ['begin', 'append', 'cancel'], undefined],
    [undefined, ['begin', 'append', ['send', undefined]], 'file.sent'],
  ]);
});

test('[WEB11] a file that was cancelled late leaves the one after it alone', async () => {
  offer();
  await goes('convert', SOUND);
  importing.dismiss();
  steps.convert = Promise.withResolvers();
  offer('other');
  await goes('begin');
  await goes('append');
  assert.deepEqual(did, ['begin', 'append', 'cancel']);
  const now = importing.state.value;
  assert.deepEqual([now?.at, now?.conversation], ['converting', 'other']);
  await goes('convert', SOUND);
  await goes('send');
  assert.deepEqual(did.slice(3), ['begin', 'append', ['send', undefined]]);
});

test('[ACC1] a file that is read longer than its person is there is sent in nobody\'s name; one that is being sent is told to nobody', async () => {
  offer();
  importing.leave();
  await goes('convert', SOUND);
  assert.deepEqual([did, said(), importing.state.value], [[], undefined, null]);
  offer();
  await goes('begin');
  await goes('append');
  importing.leave();
  await goes('send');
  assert.deepEqual([did, said(), importing.state.value], [['begin', 'append', ['send', undefined]], undefined, null]);
});

test('[KEEP5] what was chosen for the next message is the file\'s once it was attached, and no other one\'s; where nothing is sent of it the choice stands again', async () => {
  const once = { conversation: 'talk', seconds: 0 };
  next.choose(once);
  offer();
  assert.equal(next.lasts.value, null, 'what is spoken meanwhile is the message after it');
  importing.dismiss();
  await goes('convert', { ...SOUND, silent: true });
  assert.deepEqual(next.lasts.value, once, 'cancelled');
  offer();
  await goes('ask', false);
  assert.deepEqual([next.lasts.value, importing.state.value], [once, null], 'not wanted, since it is silent');
  steps.convert = Promise.withResolvers();
  offer();
  steps.convert.reject(new Failure('audio.empty'));
  await turn();
  assert.deepEqual([next.lasts.value, importing.state.value?.at], [once, 'refused']);
  steps.convert = Promise.withResolvers();
  offer('other');
  assert.deepEqual(next.lasts.value, once, 'for another conversation nothing was chosen');
  importing.dismiss();
  await goes('convert', SOUND);
  offer();
  for (const step of ['begin', 'append', 'send'] as const) await goes(step);
  assert.deepEqual([did, next.lasts.value], [['begin', 'append', ['send', 0]], null]);
});

test('[KEEP5] what was chosen meanwhile, or by who has left, does not come back', async () => {
  next.choose({ conversation: 'talk', seconds: 0 });
  offer();
  next.choose({ conversation: 'talk', seconds: 60 });
  importing.dismiss();
  await goes('convert', SOUND);
  assert.deepEqual(next.lasts.value, { conversation: 'talk', seconds: 60 });
  steps.convert = Promise.withResolvers();
  offer();
  next.leave();
  importing.leave();
  await goes('convert', SOUND);
  assert.equal(next.lasts.value, null);
});
