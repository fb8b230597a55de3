import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { BackupKey } from '@earshot/backup/key.ts';
import { MemoryVault, type Vault } from '@earshot/backup/vault.ts';
import { toTar } from '@earshot/backup/vaults/tar.ts';
import type { KnownBackup, Lacking } from '@earshot/client/earshot-recovery.ts';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import type { Words } from '../words/words.ts';
import { backUpHere } from './backing-up.ts';
import { DailySwitch } from './daily-switch.tsx';
import { FolderKeySheet, KeySheet } from './key-sheets.tsx';
import { alone, askToUse, keepFolder, keptFolder } from './kept-folder.browser.ts';
import { placeKey } from './place-key.ts';
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
    [done.value, percent.value] = [false, 0];
    try {
      // From the start, where no other one is kept: what is cut off goes on there by itself.
      if (place.handle !== undefined && folder.value === null) await keepFolder(person, place.handle);
      await alone(() => backUpHere({ recovery: earshot.recovery, clock, random, person }, place, key, (now) => (percent.value = now)));
      if (place.handle !== undefined) await keepFolder(person, place.handle);
      // One file is not there yet: what is known of it says so.
      if (place.vault instanceof MemoryVault) offerFile(toTar(place.vault, clock.now()), place.name, document, 'application/x-tar');
      done.value = !(place.vault instanceof MemoryVault);
    } finally {
      percent.value = null;
      await read();
    }
  };
  const begin = async (picked: Promise<Where | null>): Promise<void> => {
    const place = await picked;
    if (place === null) return;
    const found = await placeKey(place, await earshot.recovery.backups());
    const go = (key: BackupKey): void => void notices.attempt(() => make(place, key));
    if (found.at === 'hers') sheets.open(() => <FolderKeySheet place={place.name} repository={found.repository} onKey={go} onOther={choose} />);
    else if (found.at === 'new') sheets.open(() => <KeySheet secret={found.key.secret} onKept={() => go(found.key)} />);
    else await make(place, found.key);
  };
  const choose = (): void => void notices.attempt(() => begin(pickFolder(window, 'readwrite')));
  const file = (): Promise<{ name: string; vault: Vault }> => Promise.resolve({ name: `earshot ${session.who.value?.handle ?? ''}.tar`, vault: new MemoryVault() });
  const again = async (handle: FileSystemDirectoryHandle): Promise<Where | null> => ((await askToUse(handle, 'readwrite')) ? folderOf(handle) : null);
  const busy = percent.value !== null;
  return (
    <section class="card">
      <h2>{t('backupTitle')}</h2>
      <p class="hint">{t('backupLead')}</p>
      {known.value.length === 0 ? <p class="soft">{t('backupNever')}</p> : known.value.map((one) => (
        <div key={one.place}>
          <Age backup={one} />
          {one.lacking === undefined ? null : <p class="soft">{saidLacking(one.lacking, words)}</p>}
          <UnseenFile backup={one} onSeen={read} />
        </div>
      ))}
      <div class="sheet-actions">
        {folder.value === null ? null : <button type="button" class="button primary" disabled={busy} onClick={() => void notices.attempt(async () => folder.value && (await begin(again(folder.value))))}>{t('backupAgain', { place: folder.value.name })}</button>}
        {picksFolders(window) ? <button type="button" class="button" disabled={busy} onClick={choose}>{t(folder.value === null ? 'backupFolder' : 'backupOtherFolder')}</button> : null}
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

/** How old the last one is that was read back. A place where none was finished is named as such, and not as one that has a backup. */
function Age({ backup: { place, verified, unseen } }: { backup: KnownBackup }): JSX.Element | null {
  const { words, clock } = useApp();
  const t = bringBackWords(words);
  if (verified === null) return unseen === undefined ? <p>{t('backupBegun', { place })}</p> : null;
  return <p>{t('backupAge', { place, time: words.moment(verified) })} {clock.now() - verified > WEEK ? <strong>{t('backupOld')}</strong> : null}</p>;
}

function saidLacking({ damaged, missing, crowded }: Lacking, words: Words): string {
  const t = bringBackWords(words);
  const lacks = ([['backupDamaged', damaged], ['backupMissing', missing]] as const).filter(([, count]) => count > 0);
  return [...lacks.map(([key, count]) => t(key, { count: words.number(count) })), ...(crowded ? [t('backupCrowded')] : [])].join(' ');
}
