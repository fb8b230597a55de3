import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { limits } from '@earshot/protocol/limits.ts';
import type { Me } from '@earshot/protocol/people.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';
import { keysWords } from '../words/keys-words.ts';
import { Field, FormMessage } from './fields.tsx';
import { useForm, type FormProblem } from './form.ts';

/** The ways to come in again: passkeys and the password. */
export function SigningIn({ me, onChange }: { me: Me; onChange: () => Promise<void> }): JSX.Element {
  const { words, earshot, sheets, passkeys, notices, deviceName } = useApp();
  const said = keysWords(words);
  const form = useForm();
  const add = async (): Promise<FormProblem | void> => {
    const options = await earshot.account.passkeyOptions();
    const made = await passkeys.create(options);
    if (made === null) return { said: 'passkey.unavailable' };
    await earshot.account.addPasskey({ challenge: options.challenge, ...made, name: deviceName });
    notices.show({ said: { type: 'words', key: 'settings.passkeyAdded' } }, 4_000);
    await onChange();
  };
  const remove = (id: string): void =>
    form.submit(async () => {
      await earshot.account.removePasskey(id);
      await onChange();
    });
  return (
    <section class="card">
      <h2>{words.t('settings.signingIn')}</h2>
      <h3>{words.t('settings.passkeys')}</h3>
      {me.passkeys.length === 0 ? <p class="soft small">{words.t('settings.noPasskeys')}</p> : null}
      <div class="rows">
        {me.passkeys.map((passkey) => (
          <div class="row" key={passkey.id}>
            <span class="row-icon"><Icon name="key" /></span>
            <span class="text"><span class="cut">{passkey.name}</span><span>{words.t('settings.passkeyMade', { time: words.moment(passkey.created) })}. {said(passkey.recovery === null ? 'passkeySigns' : 'passkeyOpens')}</span></span>
            <button type="button" class="round" aria-label={words.t('settings.removePasskey', { name: passkey.name })} onClick={() => remove(passkey.id)}><Icon name="bin" /></button>
          </div>
        ))}
      </div>
      <FormMessage problem={form.problem.value} />
      <div class="sheet-actions">
        {passkeys.available ? <button type="button" class="button" disabled={form.busy.value} onClick={() => form.submit(add)}>{words.t('settings.addPasskey')}</button> : null}
        <button type="button" class="button" onClick={() => sheets.open(() => <PasswordSheet me={me} onChange={onChange} />)}>
          {words.t(me.password ? 'settings.changePassword' : 'settings.setPassword')}
        </button>
      </div>
    </section>
  );
}

function PasswordSheet({ me, onChange }: { me: Me; onChange: () => Promise<void> }): JSX.Element {
  const { words, earshot, notices } = useApp();
  const close = useCloseSheet();
  const current = useSignal('');
  const password = useSignal('');
  const form = useForm();
  const save = async (): Promise<void> => {
    await earshot.account.setPassword({ password: password.value, ...(me.password ? { current: current.value } : {}) });
    close();
    notices.show({ said: { type: 'words', key: 'settings.passwordChanged' } }, 4_000);
    await onChange();
  };
  return (
    <Sheet title={words.t(me.password ? 'settings.changePassword' : 'settings.setPassword')}>
      <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        form.submit(save);
      }}>
        {me.password ? <Field label={words.t('settings.currentPassword')} value={current} type="password" autocomplete="current-password" focus /> : null}
        <Field label={words.t('settings.newPassword')} value={password} type="password" autocomplete="new-password" hint={words.t('join.passwordHint')} maxLength={limits.passwordMax} />
        <FormMessage problem={form.problem.value} />
        <button type="submit" class="button primary wide" disabled={form.busy.value}>{words.t('do.save')}</button>
      </form>
    </Sheet>
  );
}
