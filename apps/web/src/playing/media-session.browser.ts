import { effect } from '@preact/signals';
import type { Player } from './player.ts';

/** Lock screen, headset buttons and keyboards steer the player; they show who speaks. */
export function joinMediaSession(player: Player, session: MediaSession, describe: () => { title: string; artist: string }): void {
  effect(() => {
    const track = player.track.value;
    session.metadata = track ? new MediaMetadata({ ...describe(), artwork: [{ src: '/icon-512.png', sizes: '512x512', type: 'image/png' }] }) : null;
  });
  effect(() => {
    const state = player.state.value;
    // While it is fetched, the button of a headset means to pause.
    session.playbackState = state === 'idle' ? 'none' : state === 'paused' ? 'paused' : 'playing';
  });
  const onTrack = (work: (seconds: number) => number) => (details: MediaSessionActionDetails) => {
    const track = player.track.value;
    if (track) player.seek(track, work(details.seekTime ?? details.seekOffset ?? 10));
  };
  const toggle = (): void => {
    if (player.track.value) player.toggle(player.track.value);
  };
  session.setActionHandler('play', () => {
    if (player.state.value === 'paused') toggle();
  });
  session.setActionHandler('pause', () => player.pause());
  session.setActionHandler('nexttrack', () => player.next());
  session.setActionHandler('stop', () => player.stop());
  session.setActionHandler('seekto', onTrack((seconds) => seconds));
  session.setActionHandler('seekbackward', onTrack((seconds) => player.position.value - seconds));
  session.setActionHandler('seekforward', onTrack((seconds) => player.position.value + seconds));
}
