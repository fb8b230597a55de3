import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { BroughtBack, Choice } from '@earshot/client/recovery/brought-back.ts';
import type { CopyReader } from '@earshot/client/recovery/copy-format.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import { Field } from '../account/fields.tsx';
import { titleOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import { openBackup } from './backing-up.ts';
import { pickFile, pickFolder, picksFolders } from './vaults.browser.ts';

/** Chooses a backup and brings back from it: everything that is missing, that of one conversation, or one message. */
export function RestoreParts({ message }: { message?: Id }): JSX.Element {
  const { words, earshot, notices } = useApp();
  const t = bringBackWords(words);
  const key = useSignal('');
  const percent = useSignal<number | null>(null);
  const back = useSignal<BroughtBack | null>(null);
  const opened = useSignal<CopyReader | null>(null);
  const conversation = useSignal<Id | null>(null);
  const bring = async (picked: Promise<{ readonly vault: Vault } | null>): Promise<void> => {
    const chosen = await picked;
    if (chosen === null) return;
    opened.value = await openBackup(chosen.vault, key.value, await earshot.recovery.backups(), message);
    back.value = null;
    await lay({});
  };
  const lay = async (besides: Pick<Choice, 'lostToNotes' | 'removed'>): Promise<void> => {
    if (opened.value === null) return;
    percent.value = 0;
    const choice = { ...(message !== undefined && { message }), ...(conversation.value !== null && { conversation: conversation.value }), ...besides };
    try {
      await earshot.caughtUp();
      const now = await earshot.recovery.bringBack(opened.value, choice, (done, files) => (percent.value = Math.floor((100 * done) / files)));
      back.value = besides.lostToNotes === true && back.value !== null ? bothTimes(back.value, now) : now;
    } finally {
      percent.value = null;
    }
  };
  const run = (picked: () => Promise<{ readonly vault: Vault } | null>) => () => void notices.attempt(() => bring(picked()));
  return (
    <>
      <p class="hint">{t('restoreLead')}</p>
      <Field label={t('keyLabel')} hint={t('keyEmpty')} value={key} plain maxLength={100} />
      {message === undefined ? <WhichConversation chosen={conversation} /> : null}
      <div class="sheet-actions">
        {picksFolders(window) ? <button type="button" class="button" disabled={percent.value !== null} onClick={run(() => pickFolder(window, 'read'))}>{t('restoreFolder')}</button> : null}
        <button type="button" class="button" disabled={percent.value !== null} onClick={run(() => pickFile(document))}>{t('restoreFile')}</button>
      </div>
      {percent.value === null ? null : <p role="status">{t('restoreBusy', { percent: words.number(percent.value) })}</p>}
      {back.value === null ? null : message === undefined ? <Outcome back={back.value} /> : <OutcomeOfOne back={back.value} onBring={percent.value === null ? () => lay({ removed: [message] }) : null} />}
      {(back.value?.unknown ?? 0) === 0 ? null : (
        <>
          <p>{t('restoreLost', { count: words.number(back.value?.unknown ?? 0) })}</p>
          <button type="button" class="button wide" disabled={percent.value !== null} onClick={() => void notices.attempt(() => lay({ lostToNotes: true }))}>{t('restoreLostKeep')}</button>
        </>
      )}
    </>
  );
}

/** What was brought back the first time is here the second time: it is told once. */
function bothTimes(first: BroughtBack, { restored, unsent, here, ...second }: BroughtBack): BroughtBack {
  return { ...second, restored: [...first.restored, ...restored], unsent: [...first.unsent, ...unsent], here: here - first.restored.length - first.unsent.length };
}

function WhichConversation({ chosen }: { chosen: Signal<Id | null> }): JSX.Element {
  const { words, shelf, session } = useApp();
  const t = bringBackWords(words);
  const me = session.who.value?.person ?? '';
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t('restoreWhat')}</label>
      <select id={id} class="input" onChange={({ currentTarget: { value } }) => void (chosen.value = value === '' ? null : value)}>
        <option value="">{t('restoreAll')}</option>
        {shelf.conversations.value?.map((one) => <option key={one.id} value={one.id}>{t('restoreOnly', { name: titleOf(one, me, words) })}</option>)}
      </select>
    </div>
  );
}

/** What became of the one message that was asked for. What was removed on purpose comes back only when that is said by name. */
function OutcomeOfOne({ back, onBring }: { back: BroughtBack; onBring: (() => Promise<void>) | null }): JSX.Element {
  const { words, notices } = useApp();
  const t = bringBackWords(words);
  const { restored, here, removed, silent, unknown, damaged, unread, unsent, noted } = back;
  if (removed > 0) {
    return (
      <>
        <p role="status">{t('removedAsk')}</p>
        <button type="button" class="button primary wide" disabled={onBring === null} onClick={() => void notices.attempt(async () => onBring?.())}>{t('removedBring')}</button>
      </>
    );
  }
  const found = restored.length + here + silent + unknown + damaged.length + unread.length + unsent.length + noted.length > 0;
  return found ? <Outcome back={back} /> : <p role="status">{t('restoreNotThere')}</p>;
}

/** What came of it, in a sentence each. */
function Outcome({ back: { restored, here, removed, silent, damaged, unread, unsent, noted } }: { back: BroughtBack }): JSX.Element {
  const { words } = useApp();
  const t = bringBackWords(words);
  return (
    <p role="status">
      {t('restoreDone', { count: words.number(restored.length), here: words.number(here) })}
      {removed === 0 ? null : ` ${t('restoreRemoved', { count: words.number(removed) })}`}
      {unsent.length === 0 ? null : ` ${t('restoreUnsent', { count: words.number(unsent.length) })}`}
      {noted.length === 0 ? null : ` ${t('restoreNoted', { count: words.number(noted.length) })}`}
      {silent === 0 ? null : ` ${t('restoreSilent', { count: words.number(silent) })}`}
      {damaged.length === 0 ? null : ` ${t('restoreDamaged', { count: words.number(damaged.length) })}`}
      {unread.length === 0 ? null : ` ${t('restoreUnread', { count: words.number(unread.length) })}`}
    </p>
  );
}
