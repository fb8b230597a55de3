import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { stopSentence } from './stop.ts';

/** What a recording that stopped by itself has kept, why it stopped, and the way on. */
export function Kept(): JSX.Element | null {
  const { recording, words } = useApp();
  const why = recording.kept.value;
  if (why === null) return null;
  return (
    <div class="problem stopped" role="alert" data-code={why}>
      <p class="grow"><strong>{words.t('kept.title', { length: words.length(recording.seconds.value) })}</strong> {stopSentence(why, words)}</p>
      <button type="button" class="button" onClick={() => recording.togglePause()}>{words.t('draft.continue')}</button>
    </div>
  );
}
