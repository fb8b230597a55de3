import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import type { Microphone } from '@earshot/recorder/recorder.ts';

export function MicrophoneSheet(): JSX.Element {
  const { words } = useApp();
  return <Sheet title={words.t('microphone.title')}><MicrophoneChoice /></Sheet>;
}

/** Which microphone is used: named, choosable, remembered. */
export function MicrophoneChoice(): JSX.Element {
  const { recording, words, notices } = useApp();
  const known = useSignal<readonly Microphone[]>([]);
  const group = useId();
  useEffect(() => void notices.attempt(async () => {
    // Without permission they have no names yet, and choosing between blanks helps nobody.
    known.value = (await recording.microphones()).filter((one) => one.label !== '');
  }), []);
  const chosen = recording.chosenMicrophone.value;
  return (
    <div role="radiogroup" aria-label={words.t('microphone.title')}>
      {recording.microphone.value === null ? null : <p class="soft small">{words.t('microphone.using', { name: recording.microphone.value })}</p>}
      <div class="rows">
        <Option group={group} label={words.t('microphone.default')} checked={chosen === null} onChoose={() => recording.chooseMicrophone(null)} />
        {known.value.map((one) => <Option key={one.id} group={group} label={one.label} checked={chosen === one.id} onChoose={() => recording.chooseMicrophone(one.id)} />)}
      </div>
      <p class="hint">{words.t(known.value.length === 0 ? 'microphone.unnamed' : 'microphone.remembered')}</p>
    </div>
  );
}

function Option({ group, label, checked, onChoose }: { group: string; label: string; checked: boolean; onChoose: () => void }): JSX.Element {
  return (
    <label class="row">
      <input type="radio" name={group} checked={checked} onChange={onChoose} />
      <span class="text"><span>{label}</span></span>
    </label>
  );
}
