import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { utf8 } from '@earshot/base/encoding.ts';
import type { BackupKey } from '@earshot/backup/key.ts';
import { MemoryVault, type Vault } from '@earshot/backup/vault.ts';
import { toTar } from '@earshot/backup/vaults/tar.ts';
import type { KnownBackup, Lacking } from '@earshot/client/earshot-recovery.ts';
import { Field } from '../account/fields.tsx';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import { bringBackWords } from '../words/bring-back-words.ts';
import type { Words } from '../words/words.ts';
import { backupKey, backUpHere } from './backing-up.ts';
import { DailySwitch } from './daily-switch.tsx';
import { alone, askToUse, keepFolder, keptFolder } from './kept-folder.browser.ts';
import { RestoreParts } from './restore-parts.tsx';
import { UnseenFile } from './unseen-file.tsx';
import { folderOf, pickFolder, picksFolders } from './vaults.browser.ts';

interface Where {
  readonly name: string;
  readonly vault: Vault;
  readonly handle?: FileSystemDirectoryHandle;
}

const WEEK = 7 * 86_400_000;

/** Keeping everything elsewhere: where, how old, and bringing it back from there. */
export function BackupCard(): JSX.Element {
  const { words, earshot, notices, clock, random, sheets, session } = useApp();
  const t = bringBackWords(words);
  const known = useSignal<readonly KnownBackup[]>([]);
  const percent = useSignal<number | null>(null);
  const done = useSignal(false);
  const person = session.who.value?.person ?? '';
  const folder = useSignal<FileSystemDirectoryHandle | null>(null);
  const read = async (): Promise<void> => {
    known.value = await earshot.recovery.backups();
    const kept = known.value.length === 0 ? null : await keptFolder(person);
    folder.value = known.value.some(({ place, key }) => place === kept?.name && key !== null) ? kept : null;
  };
  useEffect(() => void notices.attempt(read), []);
  const make = async (place: Where, key: BackupKey): Promise<void> => {
    sheets.close();
    [done.value, percent.value] = [false, 0];
    try {
      await alone(() => backUpHere({ recovery: earshot.recovery, clock, random }, place, key, (now) => (percent.value = now)));
      if (place.handle !== undefined) await keepFolder(person, place.handle);
      // One file is not there yet: what is known of it says so.
      if (place.vault instanceof MemoryVault) offerFile(toTar(place.vault, clock.now()), place.name, document, 'application/x-tar');
      done.value = !(place.vault instanceof MemoryVault);
      await read();
    } finally {
      percent.value = null;
    }
  };
  const begin = async (picked: Promise<Where | null>): Promise<void> => {
    const place = await picked;
    if (place === null) return;
    const { key, fresh } = await backupKey(known.value);
    if (fresh) sheets.open(() => <KeySheet secret={key.secret} onKept={() => void notices.attempt(() => make(place, key))} />);
    else await make(place, key);
  };
  const file = (): Promise<{ name: string; vault: Vault }> => Promise.resolve({ name: `earshot ${session.who.value?.handle ?? ''}.tar`, vault: new MemoryVault() });
  const again = async (handle: FileSystemDirectoryHandle): Promise<Where | null> => ((await askToUse(handle, 'readwrite')) ? folderOf(handle) : null);
  const busy = percent.value !== null;
  return (
    <section class="card">
      <h2>{t('backupTitle')}</h2>
      <p class="hint">{t('backupLead')}</p>
      {known.value.length === 0 ? <p class="soft">{t('backupNever')}</p> : known.value.map((one) => (
        <div key={one.place}>
          {one.verified === null ? null : <p>{t('backupAge', { place: one.place, time: words.moment(one.verified) })} {clock.now() - one.verified > WEEK ? <strong>{t('backupOld')}</strong> : null}</p>}
          {one.lacking === undefined ? null : <p class="soft">{saidLacking(one.lacking, words)}</p>}
          <UnseenFile backup={one} onSeen={read} />
        </div>
      ))}
      <div class="sheet-actions">
        {folder.value === null ? null : <button type="button" class="button primary" disabled={busy} onClick={() => void notices.attempt(async () => folder.value && (await begin(again(folder.value))))}>{t('backupAgain', { place: folder.value.name })}</button>}
        {picksFolders(window) ? <button type="button" class="button" disabled={busy} onClick={() => void notices.attempt(() => begin(pickFolder(window, 'readwrite')))}>{t(folder.value === null ? 'backupFolder' : 'backupOtherFolder')}</button> : null}
        <button type="button" class="button" disabled={busy} onClick={() => void notices.attempt(() => begin(file()))}>{t('backupFile')}</button>
      </div>
      {folder.value === null ? null : <DailySwitch />}
      {percent.value === null ? null : <p role="status">{t('backupBusy', { percent: words.number(percent.value) })}</p>}
      {done.value ? <p role="status">{t('backupDone')}</p> : null}
      <h3>{t('restoreTitle')}</h3>
      <RestoreParts />
    </section>
  );
}

function saidLacking({ damaged, missing, crowded }: Lacking, words: Words): string {
  const t = bringBackWords(words);
  const lacks = ([['backupDamaged', damaged], ['backupMissing', missing]] as const).filter(([, count]) => count > 0);
  return [...lacks.map(([key, count]) => t(key, { count: words.number(count) })), ...(crowded ? [t('backupCrowded')] : [])].join(' ');
}

/** The key, shown until its person has shown that she has it. */
function KeySheet({ secret, onKept }: { secret: string; onKept: () => void }): JSX.Element {
  const { words, notices, session } = useApp();
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
        if (!wrong.value) onKept();
      }}>
        <Field label={t('keyConfirm')} value={typed} plain maxLength={6} />
        {wrong.value ? <div class="problem" role="alert">{t('keyOther')}</div> : null}
        <button type="submit" class="button primary wide">{t('keyDone')}</button>
      </form>
    </Sheet>
  );
}
