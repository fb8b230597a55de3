import { signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Draft } from '@earshot/client/earshot-drafts.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { NextLasts } from '../keeping/next-lasts.ts';
import type { Player } from '../playing/player.ts';
import type { Speaker } from '../playing/speaker.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';
import type { Resting } from './recording.ts';

/** What this person's other devices recorded and did not send. A verb on what is there no more does nothing but say so. */
export interface Elsewhere {
  /** The newest first. */
  readonly drafts: ReadonlySignal<readonly Draft[]>;
  /** The take that sounds. */
  readonly playing: ReadonlySignal<Id | null>;
  /** Somebody signed in, or nobody is any more. */
  open(signedIn: boolean): void;
  listen(draft: Draft): void;
  pause(): void;
  send(draft: Draft): void;
  discard(draft: Draft): void;
  /** What was discarded on this device, the newest act first. */
  readonly resting: ReadonlySignal<readonly Resting[]>;
  restore(take: Id): Promise<void>;
  letGo(take: Id): Promise<void>;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'drafts' | 'on'>;
  readonly speaker: Speaker;
  readonly player: Pick<Player, 'pause'>;
  readonly notices: Notices;
  readonly next: Pick<NextLasts, 'spend'>;
  readonly sent: (message: Id) => void;
}

const DISCARDED_STAYS = 6_000;

export function createElsewhere(parts: Parts): Elsewhere {
  const { earshot, notices, next, sent } = parts;
  const drafts = signal<readonly Draft[]>([]);
  const resting = signal<readonly Resting[]>([]);
  const sound = createSound(parts);
  let signedIn = false;
  const refresh = refresher(async () => {
    const found = signedIn ? await earshot.drafts.list().catch(nobody) : [];
    const rested = signedIn ? await earshot.drafts.resting().catch(nobody) : [];
    drafts.value = found;
    resting.value = rested.map(({ take, conversation, made, seconds, until }) => ({ take, conversation, started: made, seconds, until }));
    sound.keepTo(found);
  }, notices.failed);
  earshot.on((happening) => {
    if (happening.type === 'drafts' || (happening.type === 'changed' && drafts.value.some(({ take }) => take === happening.message))) refresh();
  });
  const send = async ({ take, conversation }: Draft): Promise<void> => {
    sound.silence();
    sent(await next.spend(conversation, (chosen) => earshot.drafts.send(take, chosen)));
  };
  const discard = async ({ take }: Draft): Promise<void> => {
    sound.silence();
    await earshot.drafts.discard(take);
    const undo = { label: 'do.undo', run: () => earshot.drafts.restore(take) } as const;
    notices.show({ said: { type: 'words', key: 'draft.discarded' }, action: undo }, DISCARDED_STAYS);
  };
  return {
    drafts,
    resting,
    playing: sound.playing,
    open: (now) => {
      signedIn = now;
      // What was there was another person's, or nobody's.
      sound.silence();
      drafts.value = [];
      resting.value = [];
      refresh();
    },
    listen: (draft) => void notices.attempt(() => sound.listen(draft)),
    pause: sound.pause,
    send: (draft) => void notices.attempt(() => send(draft)),
    discard: (draft) => void notices.attempt(() => discard(draft)),
    restore: (take) => earshot.drafts.restore(take),
    letGo: (take) => earshot.drafts.forget(take),
  };
}

/** What is heard of them: one at a time. */
interface Sound {
  readonly playing: ReadonlySignal<Id | null>;
  listen(draft: Draft): Promise<void>;
  pause(): void;
  silence(): void;
  /** Silences what is not among these drafts any more. */
  keepTo(found: readonly Draft[]): void;
}

function createSound({ earshot, speaker, player, notices }: Parts): Sound {
  const playing = signal<Id | null>(null);
  let loaded: Draft | null = null;
  /** What is fetched to be heard. */
  let coming: Draft | null = null;
  /** Whoever asked last is obeyed, also when it was for silence: a sound that comes late is not played. */
  let asked = 0;
  const silence = (): void => {
    asked += 1;
    speaker.unload();
    loaded = null;
    coming = null;
    playing.value = null;
  };
  speaker.on((event) => {
    if (event === 'time') return;
    if (event instanceof Failure) notices.failed(event);
    playing.value = event === 'playing' ? (loaded?.take ?? null) : null;
    if (event === 'ended') speaker.seek(0);
  });
  const play = async (draft: Draft, wanted: () => boolean): Promise<void> => {
    if (loaded === null || !sameSound(draft, loaded)) {
      const file = await earshot.drafts.audio(draft.take);
      if (!wanted()) return;
      // From here on the one before is not in the speaker any more.
      loaded = null;
      await speaker.load(file);
      if (!wanted()) return;
      loaded = draft;
    }
    await speaker.play();
  };
  return {
    playing,
    listen: async (draft) => {
      asked += 1;
      const mine = asked;
      player.pause();
      coming = draft;
      try {
        await play(draft, () => mine === asked);
      } catch (error) {
        // Nobody waits any more for what was paused, or gave way to another one.
        if (mine === asked) throw error;
      } finally {
        if (mine === asked) coming = null;
      }
    },
    pause: () => {
      asked += 1;
      coming = null;
      speaker.pause();
    },
    silence,
    keepTo: (found) => {
      // What it has become since is another sound.
      const heard = coming ?? loaded;
      if (heard !== null && !found.some((draft) => sameSound(draft, heard))) silence();
    },
  };
}

const sameSound = (one: Draft, other: Draft | null): boolean => one.take === other?.take && one.seconds === other.seconds;

/** Who signs out meanwhile has no drafts. */
function nobody(error: unknown): readonly never[] {
  if (error instanceof Failure && error.code === 'session.missing') return [];
  throw error;
}
