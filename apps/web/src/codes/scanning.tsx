import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { keysWords } from '../words/keys-words.ts';
import { scanCode } from './scanner.browser.ts';

interface ScanningProps {
  /** Whether a text is one of those looked for. */
  readonly wanted: (text: string) => boolean;
  readonly onRead: (text: string) => void;
}

/** A button that opens the camera and reads a picture. */
export function Scanning({ wanted, onRead }: ScanningProps): JSX.Element {
  const said = keysWords(useApp().words);
  const state = useSignal<'closed' | 'open' | 'missing'>('closed');
  if (state.value === 'open') return <Viewfinder wanted={wanted} onRead={onRead} onEnd={(missing) => (state.value = missing ? 'missing' : 'closed')} />;
  return (
    <>
      {state.value === 'missing' ? <p class="hint" role="status">{said('noCamera')}</p> : null}
      <button type="button" class="button wide" onClick={() => (state.value = 'open')}>{said('scan')}</button>
    </>
  );
}

function Viewfinder({ wanted, onRead, onEnd }: ScanningProps & { onEnd: (missing: boolean) => void }): JSX.Element {
  const { words, notices } = useApp();
  const said = keysWords(words);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const end = new AbortController();
    const look = async (): Promise<void> => {
      const text = video.current === null ? null : await scanCode(video.current, wanted, end.signal);
      if (end.signal.aborted) return;
      onEnd(text === null);
      if (text !== null) onRead(text);
    };
    void notices.attempt(look);
    return () => end.abort();
  }, []);
  return (
    <>
      <video ref={video} class="viewfinder" muted playsInline aria-label={said('scanning')} />
      <p class="hint" role="status">{said('scanning')}</p>
      <button type="button" class="button quiet wide" onClick={() => onEnd(false)}>{said('scanStop')}</button>
    </>
  );
}
