import { Failure } from '@earshot/protocol/failures.ts';
import type { Speaker, SpeakerEvent } from './speaker.ts';

/** The browser's own player on a Blob: it decodes Opus itself, keeps the pitch, and goes on with the screen off. */
export function createSpeaker(page: Document): Speaker {
  const element = page.createElement('audio');
  element.preservesPitch = true;
  element.preload = 'auto';
  let address: string | null = null;
  let factor = 1;
  const listeners: ((event: SpeakerEvent) => void)[] = [];
  /** Those who wait for the browser: a failure is theirs, else it is told. */
  const waiting = new Set<(failure: Failure) => void>();
  const orFailure = (work: Promise<void>): Promise<void> => {
    const { promise, reject } = Promise.withResolvers<never>();
    waiting.add(reject);
    return Promise.race([work, promise]).finally(() => waiting.delete(reject));
  };
  element.addEventListener('error', () => {
    const failure = new Failure('play.unsupported', { media: element.error?.code ?? 0 });
    const told = waiting.size > 0 ? [...waiting] : address === null ? [] : listeners;
    for (const tell of told) tell(failure);
    // Else it counts as playing for the browser, and for the system.
    element.pause();
  });
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
      return orFailure(ready(element));
    },
    play: () => {
      if (element.error !== null) loadAgain(element);
      return orFailure(element.play());
    },
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
      listeners.push(listener);
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
  const { promise, resolve } = Promise.withResolvers<undefined>();
  element.addEventListener('loadedmetadata', () => resolve(undefined), { once: true });
  element.load();
  return promise;
}

/** What failed in the midst would wait for ever to play. It goes on where it was. */
function loadAgain(element: HTMLAudioElement): void {
  const at = element.currentTime;
  element.load();
  element.currentTime = at;
}
