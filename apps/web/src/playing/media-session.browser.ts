import { computed, effect } from '@preact/signals';
import type { Player } from './player.ts';

type Handlers = Readonly<Partial<Record<MediaSessionAction, MediaSessionActionHandler>>>;

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
  const resume = (): void => {
    if (player.track.value && player.state.value === 'paused') player.toggle(player.track.value);
  };
  const hasTrack = computed(() => player.track.value !== null);
  handleWhile(session, hasTrack, {
    play: resume,
    nexttrack: () => player.next(),
    stop: () => player.stop(),
    seekto: onTrack((seconds) => seconds),
    seekbackward: onTrack((seconds) => player.position.value - seconds),
    seekforward: onTrack((seconds) => player.position.value + seconds),
  });
  // Beside a message that stands still a draft may play.
  handleWhile(session, computed(() => hasTrack.value && player.state.value !== 'paused'), { pause: () => player.pause() });
}

/** Whatever is not handled here the browser does itself, with everything that sounds in the page: drafts have players of their own. */
function handleWhile(session: MediaSession, wanted: { readonly value: boolean }, handlers: Handlers): void {
  effect(() => {
    for (const [action, handler] of Object.entries(handlers)) session.setActionHandler(action as MediaSessionAction, wanted.value ? handler : null);
  });
}
