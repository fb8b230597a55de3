import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { offerRestoring } from '../recovering/offer.tsx';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { lazily } from '../shell/lazily.tsx';
import { Door } from './door.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm, type FormProblem } from './form.ts';

const OtherDevice = lazily(async () => (await import('./other-device.tsx')).OtherDevice);

/** Who has an account comes in again, with a passkey or with a password. */
export function SignInView(): JSX.Element {
  const { words, session } = useApp();
  const way = useSignal<'sign-in' | 'other-device' | 'recovery'>('sign-in');
  const ended = session.ended.value;
  return (
    <Door title={words.t('signIn.title')} lead={words.t('signIn.lead')}>
      {ended === null ? null : <Problem code={ended} />}
      {way.value === 'recovery' ? <RecoverForm /> : way.value === 'other-device' ? <OtherDevice locked={false} /> : <SignInForm />}
      <div class="ways">
        {way.value === 'sign-in' ? null : <button type="button" class="button quiet wide" onClick={() => (way.value = 'sign-in')}>{words.t('signIn.otherwise')}</button>}
        {way.value === 'other-device' ? null : <button type="button" class="button quiet wide" onClick={() => (way.value = 'other-device')}>{words.t('signIn.otherDevice')}</button>}
        {way.value === 'recovery' ? null : <button type="button" class="button quiet wide" onClick={() => (way.value = 'recovery')}>{words.t('signIn.recover')}</button>}
      </div>
      <p class="hint centred">{words.t('signIn.invited')}</p>
      <p class="doctor-foot"><AskDoctor page="microphone" label="doctor.test" /><AskDoctor label="doctor.wrong" /></p>
    </Door>
  );
}

function SignInForm(): JSX.Element {
  const { words, earshot, passkeys, session, router, deviceName } = useApp();
  const handle = useSignal('');
  const password = useSignal('');
  const form = useForm();
  const enter = (): void => router.go({ at: 'list' }, { replace: true });
  const byPasskey = async (): Promise<FormProblem | void> => {
    const options = await earshot.account.passkeySignInOptions();
    const shown = await passkeys.show(options);
    if (shown === null) return { said: 'passkey.cancelled' };
    const { opened, device } = await earshot.account.passkeySignIn({ challenge: options.challenge, ...shown, deviceName });
    session.keyless.value = opened ? null : device;
    enter();
  };
  const byPassword = async (): Promise<void> => {
    await earshot.account.signIn({ handle: handle.value.trim().replace(/^@/, ''), password: password.value, deviceName });
    enter();
  };
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      form.submit(byPassword);
    }}>
      {passkeys.available ? (
        <>
          <button type="button" class="button wide" disabled={form.busy.value} onClick={() => form.submit(byPasskey)}>
            <Icon name="key" />{words.t('signIn.passkey')}
          </button>
          <p class="divider soft small"><span>{words.t('signIn.or')}</span></p>
        </>
      ) : null}
      <Field label={words.t('signIn.handle')} value={handle} autocomplete="username" plain />
      <Field label={words.t('join.password')} value={password} type="password" autocomplete="current-password" />
      <FormMessage problem={form.problem.value} />
      <button type="submit" class="button primary wide" disabled={form.busy.value}>{words.t(form.busy.value ? 'signIn.busy' : 'signIn.submit')}</button>
    </form>
  );
}

/** Who has neither password nor passkey, but her recovery code, comes in with that. */
function RecoverForm(): JSX.Element {
  const app = useApp();
  const { words, earshot, router, deviceName } = app;
  const handle = useSignal('');
  const code = useSignal('');
  const form = useForm();
  const recover = async (): Promise<void> => {
    await earshot.account.recover({ handle: handle.value.trim().replace(/^@/, ''), recoveryCode: code.value, deviceName });
    router.go({ at: 'list' }, { replace: true });
    offerRestoring(app);
  };
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      form.submit(recover);
    }}>
      <Field label={words.t('signIn.handle')} value={handle} autocomplete="username" plain focus />
      <Field label={words.t('recovery.code')} value={code} plain maxLength={64} hint={words.t('locked.hint')} />
      <FormMessage problem={form.problem.value} />
      <button type="submit" class="button primary wide" disabled={form.busy.value}>{words.t(form.busy.value ? 'signIn.busy' : 'signIn.submit')}</button>
    </form>
  );
}
