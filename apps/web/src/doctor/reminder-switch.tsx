import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { useDoctor } from './context.ts';
import { isReminding, remind } from './reminder.ts';

/** Off by default. */
export function ReminderSwitch(): JSX.Element {
  const { said } = useDoctor();
  const { preferences, clock } = useApp();
  const on = useSignal(isReminding(preferences));
  return (
    <label class="row">
      <span class="text"><span>{said.t('remind')}</span></span>
      <input type="checkbox" role="switch" checked={on.value} onChange={(event) => {
        on.value = event.currentTarget.checked;
        remind(preferences, on.value, clock.now());
      }} />
    </label>
  );
}
