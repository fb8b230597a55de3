import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Me } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { useApp } from '../shell/app.ts';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm } from './form.ts';

/** For ever, so the handle is typed out first. */
export function DeleteAccountSheet({ me }: { me: Me }): JSX.Element {
  const { words, earshot, player, router } = useApp();
  const close = useCloseSheet();
  const handle = useSignal('');
  const password = useSignal('');
  const form = useForm();
  const remove = async (): Promise<void> => {
    player.stop();
    await earshot.account.deleteAccount({ handle: me.handle, ...(me.password ? { password: password.value } : {}) });
    close();
    router.go({ at: 'farewell' }, { replace: true });
  };
  return (
    <Sheet title={words.t('settings.deleteTitle')}>
      <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        form.submit(remove);
      }}>
        <p class="soft">{words.t('settings.deleteGoes')}</p>
        <p class="soft">{words.t('settings.deleteStays')}</p>
        <Field label={words.t('settings.deleteConfirm', { handle: me.handle })} value={handle} plain focus />
        {me.password ? <Field label={words.t('settings.deletePassword')} value={password} type="password" autocomplete="current-password" /> : null}
        <FormMessage problem={form.problem.value} />
        <button type="submit" class="button primary wide" disabled={form.busy.value || normalizeHandle(handle.value) !== me.handle}>{words.t('settings.deleteDo')}</button>
      </form>
    </Sheet>
  );
}
