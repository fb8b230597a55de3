import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useApp } from '../shell/app.ts';
import { keysWords } from '../words/keys-words.ts';
import { Field, FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

/** For who has neither a device nor the recovery code left: says what is lost, asks, and asks again. */
export function BeginAnew({ onBack }: { onBack: () => void }): JSX.Element {
  const said = keysWords(useApp().words);
  const sure = useSignal(false);
  if (sure.value) return <Really onBack={onBack} />;
  return (
    <div class="door-form">
      <h2>{said('anewTitle')}</h2>
      <p>{said('anewCode')}</p>
      {(['anewLost', 'anewOthers', 'anewDevices'] as const).map((one) => <p key={one} class="small">{said(one)}</p>)}
      <button type="button" class="button wide" onClick={() => (sure.value = true)}>{said('anewGo')}</button>
      <button type="button" class="button quiet wide" onClick={onBack}>{said('back')}</button>
    </div>
  );
}

function Really({ onBack }: { onBack: () => void }): JSX.Element {
  const { words, earshot } = useApp();
  const said = keysWords(words);
  const password = useSignal('');
  const asked = useSignal<boolean | null>(null);
  const form = useForm();
  const ask = async (): Promise<void> => {
    asked.value = (await earshot.account.me()).password;
  };
  useEffect(() => form.submit(ask), []);
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      form.submit(async () => {
        // Without a network it could not be asked before whether there is a password.
        if (asked.value === null) await ask();
        if (asked.value === true && password.value === '') return;
        await earshot.account.beginAnew(asked.value === true ? { password: password.value } : {});
      });
    }}>
      <h2>{said('anewSureTitle')}</h2>
      <p role="alert">{said('anewSure')}</p>
      {asked.value === true ? <Field label={words.t('join.password')} value={password} type="password" autocomplete="current-password" /> : null}
      <FormMessage problem={form.problem.value} />
      <button type="submit" class="button wide" disabled={form.busy.value}>{said(form.busy.value ? 'anewDoing' : 'anewDo')}</button>
      <button type="button" class="button primary wide" onClick={onBack}>{said('back')}</button>
    </form>
  );
}
