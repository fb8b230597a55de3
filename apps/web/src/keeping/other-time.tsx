import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { sayKeeping } from '../words/keeping-words.ts';

/** What the server allows, in seconds. */
export interface Limits {
  readonly least: number;
  readonly most: number;
}

const units = [['minutes', 60], ['hours', 3_600], ['days', 86_400]] as const;

/** Any other time than those that are offered, as far as the server allows it. */
export function OtherTime({ limits: { least, most }, onChoose }: { limits: Limits; onChoose: (seconds: number) => void }): JSX.Element {
  const { words } = useApp();
  const id = useId();
  const amount = useSignal('');
  const unit = useSignal<number>(86_400);
  const wrong = useSignal(false);
  const shortest = Math.max(60, least);
  const set = (event: Event): void => {
    event.preventDefault();
    const seconds = Number(amount.value) * unit.value;
    wrong.value = !Number.isInteger(seconds) || seconds < shortest || seconds > most;
    if (!wrong.value) onChoose(seconds);
  };
  const limits = sayKeeping(words, 'otherLimits', { least: words.span(shortest), most: words.span(most) });
  return (
    <form class="field other-time" onSubmit={set} noValidate>
      <label for={id}>{sayKeeping(words, 'other')}</label>
      <span class="other-time-fields">
        <input id={id} class="input" type="number" inputMode="numeric" min="1" step="1" aria-describedby={`${id}-hint`} aria-invalid={wrong.value} onInput={(event) => void (amount.value = event.currentTarget.value)} />
        <select class="input" aria-label={sayKeeping(words, 'otherUnit')} value={String(unit.value)} onChange={(event) => void (unit.value = Number(event.currentTarget.value))}>
          {units.map(([name, size]) => <option key={name} value={String(size)}>{sayKeeping(words, name)}</option>)}
        </select>
        <button type="submit" class="button primary">{sayKeeping(words, 'otherSet')}</button>
      </span>
      <span class={wrong.value ? 'problem' : 'hint'} role={wrong.value ? 'alert' : undefined} id={`${id}-hint`}>{limits}</span>
    </form>
  );
}
