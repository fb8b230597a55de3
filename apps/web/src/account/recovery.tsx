import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { utf8 } from '@earshot/base/encoding.ts';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { bringBackWords } from '../words/bring-back-words.ts';
import { Door } from './door.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm, type FormProblem } from './form.ts';

/**
 * The recovery code, shown until its person has shown that she has it: whoever loses all her devices has nothing else. It is asked for by
 * one of its groups, which nobody knows who did not write it down.
 */
export function RecoveryView({ code }: { code: string }): JSX.Element {
  const { words } = useApp();
  const t = bringBackWords(words);
  const written = useSignal(false);
  return (
    <Door title={t(written.value ? 'code_confirmTitle' : 'code_title')} lead={t(written.value ? 'code_confirmLead' : 'code_lead')}>
      {written.value ? <Confirm code={code} onBack={() => (written.value = false)} /> : <Shown code={code} onWritten={() => (written.value = true)} />}
    </Door>
  );
}

function Shown({ code, onWritten }: { code: string; onWritten: () => void }): JSX.Element {
  const { words, notices, session, origin } = useApp();
  const t = bringBackWords(words);
  const copied = useSignal(false);
  const handle = session.who.value?.handle ?? '';
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    copied.value = true;
    notices.announce(words.t('do.copied'));
  };
  const keep = (): void => offerFile(utf8(`${t('code_file', { origin, handle })}\n\n${code}\n`), `earshot ${handle}.txt`, document, 'text/plain');
  return (
    <>
      <ol class="code-groups" aria-label={words.t('recovery.code')}>
        {code.split('-').map((group) => <li key={group}>{group}</li>)}
      </ol>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => void notices.attempt(copy)}>{copied.value ? <Icon name="check" size={18} /> : null}{copied.value ? words.t('do.copied') : t('code_copy')}</button>
        <button type="button" class="button" onClick={keep}>{t('code_download')}</button>
      </div>
      <p class="hint">{t('code_warning')}</p>
      <button type="button" class="button primary wide" onClick={onWritten}>{t('code_written')}</button>
    </>
  );
}

function Confirm({ code, onBack }: { code: string; onBack: () => void }): JSX.Element {
  const { words, earshot, random } = useApp();
  const t = bringBackWords(words);
  const groups = code.split('-');
  const asked = useSignal(Math.floor(random.fraction() * groups.length));
  const typed = useSignal('');
  const form = useForm();
  const check = async (): Promise<FormProblem | void> => {
    if (plain(typed.value) !== plain(groups[asked.value] ?? '')) return { said: 'recovery.other' };
    await earshot.account.recoveryKept();
  };
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      form.submit(check);
    }}>
      <Field label={t('code_group', { number: words.number(asked.value + 1) })} value={typed} plain focus maxLength={8} />
      <FormMessage problem={form.problem.value} />
      <button type="submit" class="button primary wide" disabled={form.busy.value}>{t('code_confirm')}</button>
      <button type="button" class="button quiet wide" onClick={onBack}><Icon name="back" size={18} />{t('code_again')}</button>
    </form>
  );
}

/** As `parseRecoveryCode` reads it: what people take for one another is one. */
const plain = (text: string): string => text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
