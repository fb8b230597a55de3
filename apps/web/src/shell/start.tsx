import { effect } from '@preact/signals';
import { render } from 'preact';
import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import type { Passkeys } from '../account/passkeys.ts';
import { createSession } from '../account/session.ts';
import { createShelf } from '../conversation/shelf.ts';
import { createThread } from '../conversation/thread.ts';
import { SilentFileSheet } from '../files/import-bar.tsx';
import { createImporting, type Converter } from '../files/importing.ts';
import type { DoctorPorts } from '../doctor/ports.ts';
import type { Update } from '../offline/update.ts';
import { createNextLasts } from '../keeping/next-lasts.ts';
import { oneSound } from '../playing/one-sound.ts';
import { createPlayer } from '../playing/player.ts';
import type { Gap } from '../playing/gap.ts';
import type { Speaker } from '../playing/speaker.ts';
import { createRecording } from '../recording/create-recording.ts';
import { createDraftShelf, type DraftShelf } from '../recording/draft-shelf.ts';
import { createCues, type Sounder } from '../recording/cues.ts';
import { createElsewhere } from '../recording/elsewhere.ts';
import { PrimerSheet, ShortSheet } from '../recording/questions.tsx';
import type { PushDevice } from '../waking/push-device.ts';
import { createWaking } from '../waking/waking.ts';
import { watchForCues } from '../recording/watch-for-cues.ts';
import type { Words } from '../words/words.ts';
import { AppProvider, type App } from './app.ts';
import { followPerson } from './follow-person.ts';
import { createNotices, type Notices } from './notices.ts';
import type { Preferences } from './preferences.ts';
import type { Router } from './router.ts';
import { ask, createSheets } from './sheets.ts';
import { Shell } from './shell.tsx';

/** What the app needs of the world. */
export interface Adapters {
  readonly earshot: Earshot;
  /** Opens the recorder, or gives the one that is open. */
  readonly recorder: () => Promise<Recorder>;
  /** Each sounds from a player of its own: listening to a draft does not lose the place in a message. */
  readonly messageSpeaker: Speaker;
  readonly draftSpeaker: Speaker;
  /** Where nobody speaks in a file of so many seconds. */
  readonly silences: (file: Uint8Array<ArrayBuffer>, seconds: number) => Promise<readonly Gap[]>;
  readonly sounder: Sounder;
  readonly elsewhereSpeaker: Speaker;
  readonly convert: Converter;
  readonly passkeys: Passkeys;
  readonly preferences: Preferences;
  readonly push: PushDevice;
  readonly router: Router;
  readonly update: Update;
  /** What the Doctor needs of the page, made of the app itself. */
  readonly doctor: (app: App) => Promise<DoctorPorts>;
  readonly clock: Clock;
  readonly random: Random;
  readonly words: Words;
  readonly origin: string;
  readonly deviceName: string;
  readonly version: string;
}

export const SENT_UNDO = 5_000;
const RECORDING_STAYS = 6_000;

/** Joins the nouns and draws. */
export function startApp(adapters: Adapters, root: HTMLElement): App {
  const { earshot, recorder, clock, random, words, preferences, deviceName } = adapters;
  const notices = createNotices(clock);
  const sheets = createSheets();
  const session = createSession(earshot, notices);
  const waking = createWaking({ earshot, device: adapters.push, session, notices, preferences });
  /** Nothing sounds into a microphone. Whoever asks for it meanwhile is told. */
  const maySound = (): boolean => {
    const hears = recording.phase.value === 'starting' || recording.phase.value === 'recording';
    if (hears) notices.show({ said: { type: 'words', key: 'player.recording' } }, RECORDING_STAYS);
    return !hears;
  };
  const player = createPlayer({ earshot, speaker: adapters.messageSpeaker, notices, preferences, clock, silences: adapters.silences, maySound });
  const next = createNextLasts();
  const drafts = createDraftShelf({ earshot, recorder, notices, clock, preferences, deviceName });
  const cues = createCues(adapters.sounder, preferences, (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const sent = (message: Id): void => {
    sentNotice(earshot, notices, drafts, message);
    waking.sent();
  };
  const recording = createRecording({
    earshot, recorder, player, notices, words, random, clock, preferences, deviceName, next,
    speaker: adapters.draftSpeaker,
    shelf: drafts,
    prime: async (opened) => preferences.read('primed') === 'yes' || prime(opened),
    askShort: () => ask<'send' | 'discard' | 'keep'>(sheets, 'keep', (answer) => <ShortSheet onAnswer={answer} />),
    sent,
    cue: () => (cues.before.value ? () => cues.give('recording') : undefined),
  });
  watchForCues(recording, cues, async (milliseconds) => (await recorder()).hush(milliseconds));
  const elsewhere = createElsewhere({ earshot, player, notices, next, sent, speaker: adapters.elsewhereSpeaker });
  const prime = async (opened: Recorder): Promise<boolean> => {
    const permission = await opened.permission();
    // Forbidden once, the browser does not ask again: announcing its question would be untrue.
    if (permission === 'denied') return true;
    const go = permission === 'granted' || (await ask<boolean>(sheets, false, (answer) => <PrimerSheet onAnswer={answer} />));
    if (go) preferences.write('primed', 'yes');
    return go;
  };
  const app: App = {
    ...adapters,
    doctor: () => adapters.doctor(app),
    notices, sheets, session, waking, player, recording, cues, elsewhere,
    shelf: createShelf(earshot, session, notices),
    thread: createThread(earshot, notices),
    importing: createImporting({ earshot, random, notices, next, convert: adapters.convert, askSilent: () => ask<boolean>(sheets, false, (answer) => <SilentFileSheet onAnswer={answer} />) }),
  };
  void notices.attempt(async () => (await import('./reminders.ts')).remind(app));
  void notices.attempt(async () => (await import('../recovering/daily.ts')).backUpDaily(app));
  earshot.on((happening) => {
    const { type } = happening;
    if (type === 'ending' || type === 'refused' || type === 'fault') void notices.attempt(async () => (await import('./unasked.ts')).tellUnasked(app, happening));
  });
  followPerson({ ...app, drafts });
  oneSound({ ...app, draftSpeaker: adapters.draftSpeaker, maySound });
  effect(() => {
    // Positions are read for every picture, and only while something sounds.
    if (player.state.value !== 'playing' && !recording.playing.value) return undefined;
    let frame = requestAnimationFrame(function again() {
      player.tick();
      recording.tick();
      frame = requestAnimationFrame(again);
    });
    return () => cancelAnimationFrame(frame);
  });
  render(<AppProvider value={app}><Shell version={adapters.version} /></AppProvider>, root);
  return app;
}

function sentNotice(earshot: Earshot, notices: Notices, drafts: Pick<DraftShelf, 'keeps'>, message: Id): void {
  const undo = async (): Promise<void> => {
    const state = (await earshot.messages.get(message))?.state;
    const rests = drafts.keeps(message) && (state?.at === 'set-aside' || (state?.at === 'sending' && !state.posted));
    // Before it left it is given up; what the server may have by now is taken back as soon as it has it.
    await earshot.messages.remove(message);
    notices.show({ said: { type: 'words', key: rests ? 'sent.rests' : 'sent.undone' } }, rests ? 6_000 : 3_000);
  };
  notices.show({ said: { type: 'words', key: 'sent.notice' }, action: { label: 'do.undo', run: undo } }, SENT_UNDO);
}
