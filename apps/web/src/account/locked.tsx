import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { offerRestoring } from '../recovering/offer.tsx';
import { useApp } from '../shell/app.ts';
import { lazily } from '../shell/lazily.tsx';
import { Door } from './door.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

const OtherDevice = lazily(async () => (await import('./other-device.tsx')).OtherDevice);

/** Signed in, and still without keys: what was said can be opened by another device or by the recovery code. */
export function LockedView(): JSX.Element {
  const app = useApp();
  const { words, earshot, session } = app;
  const code = useSignal('');
  const other = useSignal(true);
  const form = useForm();
  return (
    <Door title={words.t('locked.title')} lead={words.t('locked.lead', { name: session.who.value?.name ?? '' })}>
      {other.value ? <OtherDevice locked /> : <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        form.submit(async () => {
          await earshot.account.unlock({ recoveryCode: code.value });
          offerRestoring(app);
        });
      }}>
        <Field label={words.t('recovery.code')} value={code} plain focus maxLength={64} hint={words.t('locked.hint')} />
        <FormMessage problem={form.problem.value} />
        <button type="submit" class="button primary wide" disabled={form.busy.value}>{words.t(form.busy.value ? 'locked.busy' : 'locked.submit')}</button>
      </form>}
      <button type="button" class="button wide" onClick={() => (other.value = !other.value)}>{words.t(other.value ? 'locked.byCode' : 'signIn.otherDevice')}</button>
      <button type="button" class="button quiet wide" onClick={() => form.submit(() => earshot.account.signOut())}>{words.t('settings.signOut')}</button>
    </Door>
  );
}
