import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { ConfirmSheet } from '../shell/sheet.tsx';

/** Makes a new recovery code: the one before opens nothing any more. It is shown like the first one. */
export function RecoveryCard(): JSX.Element {
  const { words, earshot, sheets } = useApp();
  return (
    <section class="card">
      <h2>{words.t('recovery.code')}</h2>
      <p class="soft small">{words.t('recovery.about')}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => sheets.open(() => (
          <ConfirmSheet title={words.t('recovery.renewTitle')} text={words.t('recovery.renewText')} yes={words.t('recovery.renew')} onYes={() => earshot.account.renewRecovery()} />
        ))}>{words.t('recovery.renew')}</button>
      </div>
    </section>
  );
}
