import { effect, untracked, type ReadonlySignal } from '@preact/signals';
import type { Player } from './player.ts';

interface Sounds {
  readonly player: Pick<Player, 'state' | 'pause'>;
  /** The take at hand. */
  readonly recording: { readonly playing: ReadonlySignal<boolean>; readonly busy: ReadonlySignal<boolean> };
  readonly draftSpeaker: { pause(): void };
  readonly elsewhere: { pause(): void };
}

/** One thing sounds at a time: what began last. */
export function oneSound({ player, recording, draftSpeaker, elsewhere }: Sounds): void {
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
}
