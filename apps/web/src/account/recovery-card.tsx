import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import { ConfirmSheet } from '../shell/sheet.tsx';

/** Makes a new recovery code: the one before opens nothing any more. It is shown like the first one. */
export function RecoveryCard(): JSX.Element {
  const { words, earshot, sheets } = useApp();
  const t = bringBackWords(words);
  return (
    <section class="card">
      <h2>{words.t('recovery.code')}</h2>
      <p class="soft small">{t('code_about')}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => sheets.open(() => (
          <ConfirmSheet title={t('code_renewTitle')} text={t('code_renewText')} yes={t('code_renew')} onYes={() => earshot.account.renewRecovery()} />
        ))}>{t('code_renew')}</button>
      </div>
    </section>
  );
}
