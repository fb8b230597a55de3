import { createContext, type VNode } from 'preact';
import { useContext } from 'preact/hooks';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { assert } from '@earshot/base/assert.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Passkeys } from '../account/passkeys.ts';
import type { Session } from '../account/session.ts';
import type { Shelf } from '../conversation/shelf.ts';
import type { Thread } from '../conversation/thread.ts';
import type { Importing } from '../files/importing.ts';
import type { DoctorPorts } from '../doctor/ports.ts';
import type { Update } from '../offline/update.ts';
import type { Player } from '../playing/player.ts';
import type { Cues } from '../recording/cues.ts';
import type { Elsewhere } from '../recording/elsewhere.ts';
import type { Recording } from '../recording/recording.ts';
import type { Waking } from '../waking/waking.ts';
import type { Words } from '../words/words.ts';
import type { Notices } from './notices.ts';
import type { Preferences } from './preferences.ts';
import type { Router } from './router.ts';

/** Everything a view may use. Built once, in `main.tsx`. */
export interface App {
  readonly earshot: Earshot;
  readonly clock: Clock;
  readonly random: Random;
  readonly words: Words;
  readonly router: Router;
  readonly notices: Notices;
  readonly preferences: Preferences;
  readonly session: Session;
  readonly shelf: Shelf;
  readonly thread: Thread;
  readonly player: Player;
  readonly recording: Recording;
  readonly cues: Cues;
  readonly elsewhere: Elsewhere;
  readonly importing: Importing;
  readonly waking: Waking;
  readonly passkeys: Passkeys;
  readonly sheets: Sheets;
  readonly update: Update;
  /** Fetched when somebody asks for the Doctor. */
  readonly doctor: () => Promise<DoctorPorts>;
  /** The address others reach this server by, for links. */
  readonly origin: string;
  readonly version: string;
  /** What this device is called among one's devices. */
  readonly deviceName: string;
}

/** At most one sheet is open; another one takes its place. */
export interface Sheets {
  readonly current: ReadonlySignal<{ readonly key: number; readonly view: () => VNode } | null>;
  /** One is drawn, which lies over all else: that can be neither seen, nor touched, nor read out. A sheet that is open may still be on its way. */
  readonly drawn: Signal<boolean>;
  /** `onGone` is called when it is closed or another one takes its place. */
  open(view: () => VNode, onGone?: () => void): void;
  /** Without a key whichever is open; with one that one only, and not what has taken its place meanwhile. */
  close(key?: number): void;
}

const AppContext = createContext<App | null>(null);
export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  assert(app, 'a view is drawn outside of the app');
  return app;
}
