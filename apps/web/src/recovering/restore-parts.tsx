import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { BroughtBack } from '@earshot/client/recovery/brought-back.ts';
import type { CopyReader } from '@earshot/client/recovery/copy-format.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import { Field } from '../account/fields.tsx';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import { openBackup } from './backing-up.ts';
import { pickFile, pickFolder, picksFolders } from './vaults.browser.ts';

/** Chooses a backup and brings back from it: everything that is missing, or one message. */
export function RestoreParts({ message }: { message?: Id }): JSX.Element {
  const { words, earshot, notices } = useApp();
  const t = bringBackWords(words);
  const key = useSignal('');
  const percent = useSignal<number | null>(null);
  const back = useSignal<BroughtBack | null>(null);
  const opened = useSignal<CopyReader | null>(null);
  const bring = async (picked: Promise<{ readonly vault: Vault } | null>): Promise<void> => {
    const chosen = await picked;
    if (chosen === null) return;
    opened.value = await openBackup(chosen.vault, key.value, await earshot.recovery.backups(), message);
    await lay(opened.value, false);
  };
  const lay = async (reader: CopyReader, lostToNotes: boolean): Promise<void> => {
    percent.value = 0;
    try {
      await earshot.synced();
      const now = await earshot.recovery.bringBack(reader, { ...(message !== undefined && { message }), lostToNotes }, (done, files) => (percent.value = Math.floor((100 * done) / files)));
      back.value = lostToNotes && back.value !== null ? bothTimes(back.value, now) : now;
    } finally {
      percent.value = null;
    }
  };
  const run = (picked: () => Promise<{ readonly vault: Vault } | null>) => () => void notices.attempt(() => bring(picked()));
  return (
    <>
      <p class="hint">{t('restoreLead')}</p>
      <Field label={t('keyLabel')} hint={t('keyEmpty')} value={key} plain maxLength={100} />
      <div class="sheet-actions">
        {picksFolders(window) ? <button type="button" class="button" disabled={percent.value !== null} onClick={run(() => pickFolder(window, 'read'))}>{t('restoreFolder')}</button> : null}
        <button type="button" class="button" disabled={percent.value !== null} onClick={run(() => pickFile(document))}>{t('restoreFile')}</button>
      </div>
      {percent.value === null ? null : <p role="status">{t('restoreBusy', { percent: words.number(percent.value) })}</p>}
      {back.value === null ? null : <Outcome back={back.value} />}
      {(back.value?.unknown ?? 0) === 0 || opened.value === null ? null : (
        <>
          <p>{t('restoreLost', { count: words.number(back.value?.unknown ?? 0) })}</p>
          <button type="button" class="button wide" disabled={percent.value !== null} onClick={() => void notices.attempt(async () => opened.value && (await lay(opened.value, true)))}>{t('restoreLostKeep')}</button>
        </>
      )}
    </>
  );
}

/** What was brought back the first time is here the second time: it is told once. */
function bothTimes(first: BroughtBack, { restored, unsent, here, ...second }: BroughtBack): BroughtBack {
  return { ...second, restored: [...first.restored, ...restored], unsent: [...first.unsent, ...unsent], here: here - first.restored.length - first.unsent.length };
}

/** What came of it, in a sentence each. */
function Outcome({ back: { restored, here, silent, damaged, unsent, noted } }: { back: BroughtBack }): JSX.Element {
  const { words } = useApp();
  const t = bringBackWords(words);
  return (
    <p role="status">
      {t('restoreDone', { count: words.number(restored.length), here: words.number(here) })}
      {unsent.length === 0 ? null : ` ${t('restoreUnsent', { count: words.number(unsent.length) })}`}
      {noted.length === 0 ? null : ` ${t('restoreNoted', { count: words.number(noted.length) })}`}
      {silent === 0 ? null : ` ${t('restoreSilent', { count: words.number(silent) })}`}
      {damaged.length === 0 ? null : ` ${t('restoreDamaged', { count: words.number(damaged.length) })}`}
    </p>
  );
}
