import { Failure } from '@earshot/protocol/failures.ts';
import type { Speaker, SpeakerEvent } from './speaker.ts';

/** The browser's own player on a Blob: it decodes Opus itself, keeps the pitch, and goes on with the screen off. */
export function createSpeaker(page: Document): Speaker {
  const element = page.createElement('audio');
  element.preservesPitch = true;
  element.preload = 'auto';
  let address: string | null = null;
  let factor = 1;
  const listeners = new Set<(event: SpeakerEvent) => void>();
  /** Those who wait for the browser: a failure is theirs, else it is told. */
  const waiting = new Set<(failure: Error) => void>();
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
    if (address === null) return;
    URL.revokeObjectURL(address);
    address = null;
    // Else the element keeps what it has loaded, and a media key plays it.
    element.load();
    for (const tell of waiting) tell(new DOMException('it was put away', 'AbortError'));
  };
  return {
    load: (file) => {
      unload();
      address = URL.createObjectURL(new Blob([file], { type: 'audio/ogg; codecs=opus' }));
      element.src = address;
      // A new source falls back to the default speed.
      element.defaultPlaybackRate = factor;
      element.playbackRate = factor;
      return unlessFailed(ready(element), waiting);
    },
    play: () => {
      if (element.error !== null) loadAgain(element);
      return unlessFailed(element.play(), waiting);
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
      const over = new AbortController();
      listeners.add(listener);
      tellOf(element, listener, over.signal);
      return () => {
        listeners.delete(listener);
        over.abort();
      };
    },
  };
}

/** As `work`, unless those who wait are told of a failure before. */
function unlessFailed(work: Promise<void>, waiting: Set<(failure: Error) => void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  waiting.add(reject);
  return Promise.race([work, promise]).finally(() => waiting.delete(reject));
}

function tellOf(element: HTMLAudioElement, listener: (event: SpeakerEvent) => void, signal: AbortSignal): void {
  element.addEventListener('ended', () => listener('ended'), { signal });
  element.addEventListener('timeupdate', () => listener('time'), { signal });
  element.addEventListener('playing', () => listener('playing'), { signal });
  const paused = (): void => {
    if (!element.ended) listener('paused');
  };
  element.addEventListener('pause', paused, { signal });
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
