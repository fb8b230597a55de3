import { systemRandom } from '@earshot/base/random.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
import { createPasskeys } from '../account/passkeys.ts';
import { noUpdate } from '../offline/update.ts';
import { createSpeaker } from '../playing/speaker.browser.ts';
import { memoryPreferences } from '../shell/preferences.ts';
import { createRouter } from '../shell/router.ts';
import { startApp } from '../shell/start.tsx';
import { loadWords } from '../words/languages.ts';
import { NOW } from './sample-data.ts';
import { createSampleDoctor } from './sample-doctor.ts';
import { createSampleEarshot } from './sample-earshot.ts';
import { createSamplePush } from './sample-push.ts';
import { createSampleRecorder } from './sample-recorder.ts';

/** The real interface over a world that holds still. The query of the address chooses it: world, offline, draft, discarded, ending, refuse, fault, interrupt. */
const query = new URLSearchParams(location.search);
const world = query.get('world');
const code = (name: string): object => (isFailureCode(query.get(name)) ? { [name]: query.get(name) } : {});
const offline = (): FailureCode | null => {
  const named = query.get('offline');
  return isFailureCode(named) ? named : named === null ? null : 'network.unreachable';
};
const recorder = createSampleRecorder({ draft: query.has('draft'), discarded: query.has('discarded'), hesitant: query.has('hesitant'), ...code('refuse'), ...code('fault'), ...code('interrupt') });
const page = document.querySelector<HTMLElement>('#app');
if (page === null) throw new Error('the page has no place for the app');
const earshot = createSampleEarshot({ world: world === 'signed-out' || world === 'locked' || world === 'fresh' || world === 'empty' ? world : 'lively', offline: offline(), draft: query.has('draft'), ending: query.has('ending'), stranger: query.has('stranger') });
startApp(
  {
    earshot,
    recorder: async () => recorder,
    messageSpeaker: createSpeaker(document),
    draftSpeaker: createSpeaker(document),
    silences: async () => [],
    sounder: { latency: async () => 0, play: () => undefined },
    elsewhereSpeaker: createSpeaker(document),
    convert: () => Promise.withResolvers<never>().promise,
    passkeys: createPasskeys(true, () => Promise.reject(new Error('no passkeys here'))),
    push: createSamplePush(query.has('home-screen') ? 'home-screen' : query.has('no-push') ? 'none' : 'full', query.has('denied') ? 'denied' : 'default'),
    preferences: memoryPreferences(),
    router: createRouter(window),
    update: noUpdate,
    doctor: async () => createSampleDoctor(query.get('doctor')),
    clock: { now: () => NOW, sleep: systemClock.sleep },
    random: systemRandom,
    words: await loadWords([query.get('locale') ?? 'en-GB'], 'Europe/Berlin'),
    origin: 'https://voice.example.org',
    deviceName: 'Firefox · Linux',
    version: '0.1.0',
  },
  page,
);
await earshot.start();
