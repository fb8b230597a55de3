import { effect } from '@preact/signals';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openInBrowser, openWithoutStore } from '@earshot/client/connect.browser.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openRecorder } from '@earshot/recorder/recorder.browser.ts';
import { createPasskeys } from './account/passkeys.ts';
import { nameOf, titleOf } from './conversation/naming.ts';
import { createConverter } from './files/converter.browser.ts';
import { sendLater } from './offline/send-later.browser.ts';
import { watchForUpdate } from './offline/update.browser.ts';
import { noUpdate } from './offline/update.ts';
import { keepOnLeaving } from './playing/keep-on-leaving.browser.ts';
import { joinMediaSession } from './playing/media-session.browser.ts';
import { createSpeaker } from './playing/speaker.browser.ts';
import { ownRecorder } from './recording/own-recorder.ts';
import { createSounder } from './recording/cues.browser.ts';
import { build } from './shell/assets.ts';
import { sayCannotOpen } from './shell/cannot-open.tsx';
import { deviceName } from './shell/device-name.ts';
import { storedPreferences } from './shell/preferences.ts';
import { createRouter, parsePath, type Router } from './shell/router.ts';
import { startApp } from './shell/start.tsx';
import { createPushDevice } from './waking/push-device.browser.ts';
import { loadWords } from './words/languages.ts';

/** Milliseconds. */
const PATIENCE = 8_000;

/** The outermost file: builds what touches the browser and hands it to the app. */
async function main(): Promise<void> {
  const opening = openInBrowser();
  const words = await loadWords(navigator.languages);
  document.documentElement.lang = words.locale;
  const router = createRouter(window);
  // Whoever comes for the Doctor does not wait for one part after the other. What does not come is told where it is used.
  if (router.route.value.at === 'doctor') void Promise.allSettled([import('./doctor/doctor-view.tsx'), import('./doctor/ports.browser.ts'), fetch(build.knowledge)]);
  const root = document.querySelector<HTMLElement>('#app');
  if (root === null) throw new Error('assertion: the page has no place for the app');
  const earshot = await inTime(opening, router).catch(async (error: unknown) => {
    await sayCannotOpen(error, { words, root, router });
    reportError(error);
    // The Doctor needs nothing of what is missing; whoever goes anywhere else tries to open the app once more.
    effect(() => void (router.route.value.at === 'doctor' || location.reload()));
    return await openWithoutStore();
  });
  const app = startApp(
    {
      earshot, router, words,
      recorder: ownRecorder(earshot.account, (folder, secret) => openRecorder({ workerUrl: build.recorderWorker, workletUrl: build.captureWorklet, wasmUrls: build.codec, folder, secret })),
      messageSpeaker: createSpeaker(document),
      draftSpeaker: createSpeaker(document),
      silences: async (file, seconds) => (await import('./playing/silences.browser.ts')).findSilences(file, seconds),
      sounder: createSounder(),
      elsewhereSpeaker: createSpeaker(document),
      convert: createConverter(build.convertWorker, build.codec),
      // Browsers know no passkeys on a bare address, and none on plain HTTP.
      passkeys: createPasskeys('PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(location.hostname), async () => (await import('./account/passkeys.browser.ts')).ceremonies),
      push: createPushDevice(window, (path) => router.go(parsePath(path))),
      preferences: storedPreferences(() => localStorage),
      update: 'serviceWorker' in navigator ? watchForUpdate(navigator.serviceWorker, location) : noUpdate,
      doctor: async (parts) => (await import('./doctor/ports.browser.ts')).createDoctorPorts({ ...parts, random: systemRandom }),
      clock: systemClock,
      random: systemRandom,
      origin: location.origin,
      deviceName: deviceName(navigator.userAgent),
      version: build.version,
    },
    root,
  );
  if ('mediaSession' in navigator) {
    joinMediaSession(app.player, navigator.mediaSession, () => {
      const track = app.player.track.value;
      const conversation = track ? app.shelf.find(track.conversation) : undefined;
      const me = app.session.who.value?.person ?? '';
      return { title: track ? nameOf(conversation, track.from, app.shelf.people.value, words) : '', artist: conversation ? titleOf(conversation, me, words) : words.t('app.name') };
    });
  }
  keepOnLeaving(app.player, window);
  if ('serviceWorker' in navigator) sendLater(earshot, navigator.serviceWorker, window);
  await earshot.start();
  // Whoever looks at the page again may have carried the device elsewhere, while its timers did not run.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') earshot.outgoing.lookAgain().catch(reportError);
  });
  await (await import('./doctor/permission-watch.browser.ts')).watchPermission(app.preferences, systemClock.now);
}

/** A store may also never answer. Whoever asks for the Doctor does not wait for it. */
async function inTime(opening: Promise<Earshot>, { route }: Router): Promise<Earshot> {
  if (route.value.at !== 'doctor') return await opening;
  const late = systemClock.sleep(PATIENCE).then(() => Promise.reject(new Failure('device.storage', { reason: 'silent' })));
  return await Promise.race([opening, late]);
}

main().catch(reportError);
