import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import { isDaily, setDaily } from './daily.ts';

/** Below the button that backs up to the folder of before: that it is done each day. On by default. */
export function DailySwitch(): JSX.Element {
  const { words, preferences, session } = useApp();
  const person = session.who.value?.person ?? '';
  const on = useSignal(isDaily(preferences, person));
  return (
    <label class="row">
      <span class="text"><span>{bringBackWords(words)('daily')}</span></span>
      <input type="checkbox" role="switch" checked={on.value} onChange={(event) => {
        on.value = event.currentTarget.checked;
        setDaily(preferences, person, on.value);
      }} />
    </label>
  );
}
