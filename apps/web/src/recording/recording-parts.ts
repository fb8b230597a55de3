import type { Id } from '@earshot/base/ids.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import type { NextLasts } from '../keeping/next-lasts.ts';
import type { Player } from '../playing/player.ts';
import type { Speaker } from '../playing/speaker.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import type { Words } from '../words/words.ts';
import type { DraftShelf } from './draft-shelf.ts';
import type { ShowingParts } from './showing.ts';

/** What the recorder bar needs of the app. */
export interface RecordingParts extends ShowingParts {
  readonly earshot: Pick<Earshot, 'outgoing' | 'messages' | 'drafts' | 'on'>;
  readonly shelf: DraftShelf;
  readonly next: NextLasts;
  readonly speaker: Speaker;
  readonly player: Pick<Player, 'pause'>;
  readonly notices: Notices;
  readonly words: Words;
  readonly preferences: Preferences;
  /** Explains the browser's question before it is asked for the first time. Resolves to whether to go on. */
  readonly prime: (recorder: Recorder) => Promise<boolean>;
  /** A message this short is sent only after asking. Resolves to what to do. */
  readonly askShort: () => Promise<'send' | 'discard' | 'keep'>;
  readonly sent: (message: Id) => void;
  /** What is given before the first frame counts; undefined where nothing is wanted. */
  readonly cue: () => (() => Promise<void>) | undefined;
}
