import { effect, untracked, type ReadonlySignal } from '@preact/signals';
import type { Elsewhere } from '../recording/elsewhere.ts';
import type { Player } from './player.ts';

interface Sounds {
  readonly player: Pick<Player, 'state' | 'pause'>;
  /** The take at hand. */
  readonly recording: { readonly playing: ReadonlySignal<boolean>; readonly busy: ReadonlySignal<boolean> };
  readonly draftSpeaker: { pause(): void };
  readonly elsewhere: Pick<Elsewhere, 'playing' | 'pause'>;
  /** Whether anything may sound now. Says why, where it may not. */
  readonly maySound: () => boolean;
}

/** One thing sounds at a time: what began last. */
export function oneSound({ player, recording, draftSpeaker, elsewhere, maySound }: Sounds): void {
  effect(() => {
    if (player.state.value !== 'playing') return;
    draftSpeaker.pause();
    elsewhere.pause();
  });
  effect(() => {
    if (recording.playing.value) untracked(() => player.pause());
  });
  effect(() => {
    if (recording.busy.value) elsewhere.pause();
  });
  // The key of a headset plays it again without asking us.
  effect(() => {
    if (elsewhere.playing.value === null) return;
    untracked(() => {
      if (!maySound() || recording.busy.value) elsewhere.pause();
      // What is being fetched was asked for since, and comes.
      else if (player.state.value === 'playing') player.pause();
    });
  });
}
