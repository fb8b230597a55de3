import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal } from '@preact/signals';
import type { Earshot, Happening, Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Who } from '../account/session.ts';
import { createNotices } from '../shell/notices.ts';
import { memoryPreferences, type Preferences } from '../shell/preferences.ts';
import { createSampleEarshot } from '../testing/sample-earshot.ts';
import { createSamplePush } from '../testing/sample-push.ts';
import { loadWords } from '../words/languages.ts';
import { genericNotification, notificationsOf } from './notification.ts';
import type { PushDevice } from './push-device.ts';
import { createWaking, type Waking } from './waking.ts';

const noor: Who = { person: 'noor', handle: 'noor', name: 'Noor', device: 'd', locked: false };

interface Stage {
  readonly waking: Waking;
  readonly device: PushDevice;
  readonly who: { value: Who | null | undefined };
  /** What the server was asked. */
  readonly asked: string[];
  readonly say: (happening: Happening) => void;
  key: string | null | Failure;
}

function stage(device = createSamplePush('full', 'default'), preferences: Preferences = memoryPreferences(), key: Stage['key'] = 'key 1'): Stage {
  const who = signal<Who | null | undefined>(noor);
  const asked: string[] = [];
  const listeners: ((happening: Happening) => void)[] = [];
  const staged = { device, who, asked, key, say: (happening: Happening) => listeners.forEach((listener) => listener(happening)) };
  const earshot: Earshot = {
    ...createSampleEarshot({ world: 'empty' }),
    on: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    waking: {
      key: async () => {
        if (staged.key instanceof Failure) throw staged.key;
        return staged.key;
      },
      subscribe: async ({ serverKey }) => void asked.push(`subscribe ${serverKey}`),
      isOn: async () => true,
      renew: async () => void asked.push('renew'),
      unsubscribe: async () => void asked.push('unsubscribe'),
      news: async () => [],
    },
  };
  const clock = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
  const waking = createWaking({ earshot, device, preferences, notices: createNotices(clock), session: { who, ended: signal(null), recovery: signal(null), connection: signal(earshot.connection), keyless: signal(null), refresh: () => undefined } });
  return Object.assign(staged, { waking });
}

const settled = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

test('[WEB20] the question comes after a message was sent, once, and not to whom cannot be told', async () => {
  const { waking } = stage();
  await settled();
  assert.deepEqual([waking.state.value, waking.asking.value], ['off', false]);
  waking.sent();
  assert.equal(waking.asking.value, true);
  waking.decline();
  waking.sent();
  assert.equal(waking.asking.value, false);
  for (const device of [createSamplePush('none', 'denied'), createSamplePush('home-screen', 'denied'), createSamplePush('full', 'denied')]) {
    const other = stage(device).waking;
    await settled();
    other.sent();
    assert.equal(other.asking.value, false);
  }
});

test('[WEB22] every state that is not on or off has its own words, and none while the operator has push turned off', async () => {
  const stateOf = async (device: PushDevice, key: Stage['key'] = 'key 1') => {
    const { waking } = stage(device, memoryPreferences(), key);
    await settled();
    return waking.state.value;
  };
  assert.equal(await stateOf(createSamplePush('none', 'denied')), 'unsupported');
  assert.equal(await stateOf(createSamplePush('home-screen', 'denied')), 'home-screen');
  assert.equal(await stateOf(createSamplePush('full', 'denied')), 'denied');
  assert.equal(await stateOf(createSamplePush('full', 'granted')), 'off');
  assert.equal(await stateOf(createSamplePush('full', 'granted'), null), 'silent');
  assert.equal(await stateOf(createSamplePush('full', 'granted'), new Failure('network.unreachable')), 'unknown');
});

test('[WEB23] being woken is said anew at each start, made anew for another key of the server, and ends with signing out', async () => {
  const preferences = memoryPreferences();
  const device = createSamplePush('full', 'default');
  const first = stage(device, preferences);
  await settled();
  await first.waking.turn(true);
  await settled();
  assert.deepEqual([first.waking.state.value, (await device.subscription())?.serverKey], ['on', 'key 1']);

  const again = stage(device, preferences);
  await settled();
  assert.deepEqual([again.waking.state.value, again.asked], ['on', ['subscribe key 1']]);
  again.say({ type: 'conversations' });
  assert.deepEqual(again.asked, ['subscribe key 1', 'renew']);

  const other = stage(device, preferences, 'key 2');
  await settled();
  assert.deepEqual([other.asked, (await device.subscription())?.serverKey], [['subscribe key 2'], 'key 2']);
  other.who.value = null;
  await settled();
  assert.deepEqual([await device.subscription(), preferences.read('wake')], [null, null]);

  other.who.value = noor;
  await settled();
  await other.waking.turn(true);
  await settled();
  await other.waking.turn(false);
  await settled();
  assert.deepEqual([other.waking.state.value, await device.subscription(), other.asked.at(-1)], ['off', null, 'unsubscribe']);
  other.waking.sent();
  assert.equal(other.waking.asking.value, false, 'whoever turned it off is not asked');
});

test('[WEB20] a notification says who spoke and for how long, one for each conversation', async () => {
  const words = await loadWords(['en'], 'UTC');
  const member = (person: string, name: string) => ({ person, name, handle: name, role: 'member' as const, active: true });
  const base = { unheard: 1, muted: false, expiry: null, closed: null, at: 0, last: null };
  const members = [member('noor', 'Noor'), member('ada', 'Ada'), member('ben', 'Ben')];
  const conversations = [{ ...base, id: 'talk', kind: 'direct' as const, title: null, members: members.slice(0, 2) }, { ...base, id: 'walks', kind: 'group' as const, title: 'Sunday walks', members }];
  const message = (conversation: string, from: string, seconds: number): Message => ({
    id: `${conversation} ${from}`, conversation, from, seconds, seq: 1, time: 0, mine: false, samples: 0, waveform: new Uint8Array(), sha256: '', fileName: null, forwarded: null, words: null,
    state: { at: 'stored' }, kept: null, recipients: [], deliveredTo: [], heardBy: [], heard: false, place: 0, here: true, removed: null, failure: null, expiry: null, expires: null, keptFor: null, resting: null,
  });
  const all = [message('talk', 'ada', 42.3), message('walks', 'ada', 5), message('walks', 'ben', 70)];
  assert.deepEqual(notificationsOf(all, conversations, 'noor', words), [
    { tag: 'talk', path: '/c/talk', title: 'Ada', body: 'Voice message, 42 seconds' },
    { tag: 'walks', path: '/c/walks', title: 'Ada and Ben in Sunday walks', body: '2 voice messages, 1 minute 15 seconds' },
  ]);
  assert.notEqual(genericNotification(true, words).body, genericNotification(false, words).body);
});
