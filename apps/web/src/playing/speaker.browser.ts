import { Failure } from '@earshot/protocol/failures.ts';
import type { Speaker } from './speaker.ts';

/** The browser's own player on a Blob: it decodes Opus itself, keeps the pitch, and goes on with the screen off. */
export function createSpeaker(page: Document): Speaker {
  const element = page.createElement('audio');
  element.preservesPitch = true;
  element.preload = 'auto';
  let address: string | null = null;
  let factor = 1;
  const unload = (): void => {
    element.pause();
    element.removeAttribute('src');
    if (address !== null) URL.revokeObjectURL(address);
    address = null;
  };
  return {
    load: (file) => {
      unload();
      address = URL.createObjectURL(new Blob([file], { type: 'audio/ogg; codecs=opus' }));
      element.src = address;
      // A new source falls back to the default speed.
      element.defaultPlaybackRate = factor;
      element.playbackRate = factor;
      return ready(element);
    },
    play: () => element.play(),
    pause: () => element.pause(),
    seek: (seconds) => {
      element.currentTime = seconds;
    },
    speed: (to) => {
      factor = to;
      element.defaultPlaybackRate = to;
      element.playbackRate = to;
    },
    get position() {
      return element.currentTime;
    },
    get length() {
      return Number.isFinite(element.duration) ? element.duration : 0;
    },
    get played() {
      const ranges = element.played;
      return Array.from({ length: ranges.length }, (_, index) => [ranges.start(index), ranges.end(index)] as const);
    },
    unload,
    on: (listener) => {
      element.addEventListener('ended', () => listener('ended'));
      element.addEventListener('timeupdate', () => listener('time'));
      element.addEventListener('playing', () => listener('playing'));
      element.addEventListener('pause', () => {
        if (!element.ended) listener('paused');
      });
    },
  };
}

function ready(element: HTMLAudioElement): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const settled = new AbortController();
  const { signal } = settled;
  element.addEventListener('loadedmetadata', () => resolve(undefined), { signal });
  element.addEventListener('error', () => reject(new Failure('play.unsupported', { media: element.error?.code ?? 0 })), { signal });
  element.addEventListener('emptied', () => undefined, { signal });
  element.load();
  return promise.finally(() => settled.abort());
}
