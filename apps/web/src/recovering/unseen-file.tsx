import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { readBackupKey } from '@earshot/backup/key.ts';
import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import { noteSeen } from './noting.ts';
import { pickFile } from './vaults.browser.ts';

/** A backup in one file that was handed to the browser. Saving it can be broken off: it counts once its person has shown it. */
export function UnseenFile({ backup: { place, unseen, key }, onSeen }: { backup: KnownBackup; onSeen: () => Promise<void> }): JSX.Element | null {
  const { words, earshot, notices, session } = useApp();
  const t = bringBackWords(words);
  const older = useSignal<number | null>(null);
  const busy = useSignal(false);
  if (unseen === undefined) return null;
  const check = async (): Promise<void> => {
    const person = session.who.value?.person ?? '';
    const chosen = await pickFile(document);
    if (chosen === null) return;
    busy.value = true;
    try {
      const made = await noteSeen(earshot.recovery, person, place, chosen, await readBackupKey(key ?? ''));
      older.value = made < unseen ? made : null;
      await onSeen();
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class="unseen">
      <p><strong>{t('unseenTitle', { time: words.moment(unseen) })}</strong> {t('unseenText', { place })}</p>
      {older.value === null ? null : <p class="problem" role="alert">{t('unseenOlder', { time: words.moment(older.value) })}</p>}
      <button type="button" class="button primary" disabled={busy.value} onClick={() => void notices.attempt(check)}>{t(busy.value ? 'unseenBusy' : 'unseenCheck')}</button>
    </div>
  );
}
