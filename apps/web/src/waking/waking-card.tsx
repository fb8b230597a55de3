import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';

/** In the settings: whether one is told of messages while the app is closed, and what stands in the way. */
export function WakingCard(): JSX.Element | null {
  const { words, waking } = useApp();
  useEffect(() => waking.refresh(), []);
  const state = waking.state.value;
  if (state === 'unknown' || state === 'silent') return null;
  return (
    <section class="card">
      <h2>{words.t('waking.title')}</h2>
      {state === 'on' || state === 'off' ? <Switch on={state === 'on'} /> : <p class="soft">{words.t(`waking.${state}`)}</p>}
    </section>
  );
}

function Switch({ on }: { on: boolean }): JSX.Element {
  const { words, waking } = useApp();
  const busy = useSignal(false);
  return (
    <>
      <div class="rows">
        <label class="row">
          <span class="row-icon"><Icon name="bell" /></span>
          <span class="text"><span>{words.t('waking.switch')}</span></span>
          <input type="checkbox" role="switch" checked={on} disabled={busy.value} onChange={({ currentTarget }) => {
            const wanted = currentTarget.checked;
            // It shows what is so, not what was asked for.
            currentTarget.checked = on;
            busy.value = true;
            void waking.turn(wanted).finally(() => (busy.value = false));
          }} />
        </label>
      </div>
      <p class="hint">{words.t('waking.private')}</p>
    </>
  );
}

/** Asked in a conversation, once, after something was said there that may have an answer. */
export function WakingQuestion(): JSX.Element | null {
  const { words, waking, recording, notices } = useApp();
  // Taking back what was just sent comes first.
  if (!waking.asking.value || recording.busy.value || notices.current.value !== null) return null;
  return (
    <section class="question" aria-label={words.t('waking.ask')}>
      <p><Icon name="bell" size={20} />{words.t('waking.ask')}</p>
      <div class="question-answers">
        <button type="button" class="button" onClick={() => waking.decline()}>{words.t('waking.later')}</button>
        <button type="button" class="button primary" onClick={() => void waking.turn(true)}>{words.t('waking.yes')}</button>
      </div>
    </section>
  );
}
