import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { BackupKey } from '@earshot/backup/key.ts';
import type { Repository } from '@earshot/backup/repository.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { Field } from '../account/fields.tsx';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';
import { bringBackWords } from '../words/bring-back-words.ts';
import { keyTyped } from './place-key.ts';

/** The key, shown until its person has shown that she has it. */
export function KeySheet({ secret, onKept }: { secret: string; onKept: () => void }): JSX.Element {
  const { words, notices, session } = useApp();
  const close = useCloseSheet();
  const t = bringBackWords(words);
  const typed = useSignal('');
  const wrong = useSignal(false);
  const keep = (): void => offerFile(utf8(`# ${t('keyFile', { handle: session.who.value?.handle ?? '' })}\n${secret}\n`), 'earshot backup key.txt', document, 'text/plain');
  return (
    <Sheet title={t('keyTitle')}>
      <p>{t('keyLead')}</p>
      <p class="backup-key" aria-label={t('keyLabel')}>{secret}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => void notices.attempt(() => navigator.clipboard.writeText(secret))}>{t('keyCopy')}</button>
        <button type="button" class="button" onClick={keep}>{t('keySave')}</button>
      </div>
      <form onSubmit={(event) => {
        event.preventDefault();
        wrong.value = typed.value.trim().toUpperCase() !== secret.slice(-6);
        if (wrong.value) return;
        close();
        onKept();
      }}>
        <Field label={t('keyConfirm')} value={typed} plain maxLength={6} />
        {wrong.value ? <div class="problem" role="alert">{t('keyOther')}</div> : null}
        <button type="submit" class="button primary wide">{t('keyDone')}</button>
      </form>
    </Sheet>
  );
}

interface FolderKeyProps {
  readonly place: string;
  readonly repository: Repository;
  readonly onKey: (key: BackupKey) => void;
  readonly onOther: () => void;
}

/** A folder has backups that no key on this device opens: it goes on with theirs, which only their person has, or another folder is taken. */
export function FolderKeySheet({ place, repository, onKey, onOther }: FolderKeyProps): JSX.Element {
  const { words, notices, session } = useApp();
  const close = useCloseSheet();
  const t = bringBackWords(words);
  const typed = useSignal('');
  const wrong = useSignal<'other' | 'foreign' | null>(null);
  const busy = useSignal(false);
  const check = async (): Promise<void> => {
    [busy.value, wrong.value] = [true, null];
    try {
      const key = await keyTyped(repository, typed.value, session.who.value?.person ?? '');
      if (typeof key === 'string') {
        wrong.value = key;
        return;
      }
      close();
      onKey(key);
    } finally {
      busy.value = false;
    }
  };
  return (
    <Sheet title={t('folderKeyTitle', { place })}>
      <p>{t('folderKeyLead')}</p>
      <form onSubmit={(event) => {
        event.preventDefault();
        void notices.attempt(check);
      }}>
        <Field label={t('folderKeyLabel')} value={typed} plain maxLength={100} />
        {wrong.value === null ? null : <div class="problem" role="alert">{t(wrong.value === 'other' ? 'folderKeyOther' : 'folderKeyForeign')}</div>}
        <button type="submit" class="button primary wide" disabled={busy.value}>{t('folderKeyDone')}</button>
      </form>
      <p class="hint">{t('folderKeyLost')}</p>
      <button type="button" class="button wide" onClick={() => {
        close();
        onOther();
      }}>{t('folderKeyElsewhere')}</button>
    </Sheet>
  );
}
