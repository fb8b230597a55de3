import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';

/** Which cues are given on this device. */
export function CuesChoice(): JSX.Element {
  const { words, cues } = useApp();
  return (
    <div class="rows">
      <label class="row">
        <span class="text"><span>{words.t('settings.cuesWanted')}</span><span>{words.t('settings.cuesWantedHint')}</span></span>
        <input type="checkbox" role="switch" checked={cues.wanted.value} onChange={(event) => cues.choose('wanted', event.currentTarget.checked)} />
      </label>
      <label class="row">
        <span class="text"><span>{words.t('settings.cuesBefore')}</span><span>{words.t('settings.cuesBeforeHint')}</span></span>
        <input type="checkbox" role="switch" checked={cues.before.value} onChange={(event) => cues.choose('before', event.currentTarget.checked)} />
      </label>
    </div>
  );
}
