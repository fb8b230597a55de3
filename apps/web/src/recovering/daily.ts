import { handleVault } from '@earshot/backup/vaults/folder.browser.ts';
import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import type { App } from '../shell/app.ts';
import type { Preferences } from '../shell/preferences.ts';
import { alone, keptFolder, mayUse } from './kept-folder.browser.ts';
import { noteLacked } from './lacked.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OFF = 'backup.daily-off';
const TRIED = 'backup.tried';

/** On, until somebody switches it off. */
export const isDaily = (preferences: Preferences): boolean => preferences.read(OFF) === null;
export const setDaily = (preferences: Preferences, on: boolean): void => preferences.write(OFF, on ? null : 'yes');

/** While the app is open a backup is made each day, into the folder that its person chose before. Nobody is asked anything. */
export async function backUpDaily(app: App): Promise<never> {
  for (;;) {
    await app.notices.attempt(() => backUpIfDue(app));
    await app.clock.sleep(HOUR);
  }
}

async function backUpIfDue({ earshot, preferences, clock, random }: App): Promise<void> {
  const who = await earshot.account.current();
  if (who === null || who.locked || !isDaily(preferences)) return;
  const known = await earshot.recovery.backups();
  if (known.length === 0) return;
  const folder = await keptFolder(who.person);
  const place = known.find((one) => one.place === folder?.name);
  if (folder === null || place === undefined || !isDue(place, Number(preferences.read(TRIED) ?? 0), clock.now())) return;
  if (!(await mayUse(folder, 'readwrite'))) return;
  // What fails is said once a day, not every hour.
  preferences.write(TRIED, String(clock.now()));
  const { backupKey, backUpHere } = await import('./backing-up.ts');
  const { key } = await backupKey([place]);
  const lacking = await alone(() => backUpHere({ recovery: earshot.recovery, clock, random }, { name: folder.name, vault: handleVault(folder) }, key, () => undefined));
  noteLacked(preferences, who.person, lacking);
}

/** A day after the last one was made or tried. Without its key here nobody could add to it. */
export function isDue({ verified, key }: Pick<KnownBackup, 'verified' | 'key'>, tried: number, now: number): boolean {
  return key !== null && now - Math.max(verified ?? 0, tried) >= DAY;
}
