import { handleVault } from '@earshot/backup/vaults/folder.browser.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import type { App } from '../shell/app.ts';
import type { Preferences } from '../shell/preferences.ts';
import { alone, keptFolder, mayUse } from './kept-folder.browser.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const off = (person: Id): string => `backup.daily-off.${person}`;
const tried = (person: Id): string => `backup.tried.${person}`;

/** On, until somebody switches it off. */
export const isDaily = (preferences: Preferences, person: Id): boolean => preferences.read(off(person)) === null;
export const setDaily = (preferences: Preferences, person: Id, on: boolean): void => preferences.write(off(person), on ? null : 'yes');

/** While the app is open a backup is made each day, into the folder that its person chose before. Nobody is asked anything. */
export async function backUpDaily(app: App): Promise<never> {
  for (;;) {
    await app.notices.attempt(() => backUpIfDue(app));
    await app.clock.sleep(HOUR);
  }
}

async function backUpIfDue({ earshot, preferences, clock, random }: App): Promise<void> {
  const who = await earshot.account.current();
  if (who === null || who.locked || !isDaily(preferences, who.person)) return;
  const known = await earshot.recovery.backups();
  if (known.length === 0) return;
  const folder = await keptFolder(who.person);
  const place = known.find((one) => one.place === folder?.name);
  if (folder === null || place === undefined || !isDue(place, Number(preferences.read(tried(who.person)) ?? 0), clock.now())) return;
  if (!(await mayUse(folder, 'readwrite'))) return;
  // What fails is said once a day, not every hour.
  preferences.write(tried(who.person), String(clock.now()));
  const [{ backUpHere }, { readBackupKey }] = await Promise.all([import('./backing-up.ts'), import('@earshot/backup/key.ts')]);
  const key = await readBackupKey(place.key ?? '');
  await alone(async () => {
    // The first one takes long, and may have been under way already.
    const now = (await earshot.recovery.backups()).find((one) => one.place === folder.name);
    if (now === undefined || !isDue(now, 0, clock.now())) return;
    await backUpHere({ recovery: earshot.recovery, clock, random, person: who.person }, { name: folder.name, vault: handleVault(folder) }, key, () => undefined);
  });
}

/**
 * A day after the last one was made or tried; where none was finished ever, as soon as one can be tried. What was noted by a clock that was ahead says
 * nothing of when. Without its key here nobody could add to it.
 */
export function isDue({ verified, key }: Pick<KnownBackup, 'verified' | 'key'>, last: number, now: number): boolean {
  return key !== null && [verified ?? 0, last].every((at) => at > now || now - at >= DAY);
}
