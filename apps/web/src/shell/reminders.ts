import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import { isTestDue } from '../doctor/reminder.ts';
import { bringBackWords } from '../words/bring-back-words.ts';
import type { App } from './app.ts';

const DAY = 86_400_000;
/** So old a backup is before anybody is reminded of it, and so long it is quiet after. Milliseconds. */
const MONTH = 30 * DAY;
const STAYS = 20_000;
const REMINDED = 'backup.reminded';

/** At the start, one thing that is due: trying the microphone, for whoever wants that, or a new backup. */
export async function remind({ preferences, clock, notices, router, earshot, words }: App): Promise<void> {
  const now = clock.now();
  if (isTestDue(preferences, now)) {
    notices.show({ said: { type: 'words', key: 'doctor.due' }, action: { label: 'doctor.dueDo', run: () => router.go({ at: 'doctor', page: 'microphone', code: null, conversation: null }) } }, STAYS);
    return;
  }
  const who = await earshot.account.current();
  if (who === null || who.locked) return;
  const days = backupDue(await earshot.recovery.backups(), Number(preferences.read(REMINDED) ?? 0), now);
  if (days === null) return;
  preferences.write(REMINDED, String(now));
  notices.show({ said: { type: 'text', text: bringBackWords(words)('remind', { days: words.number(days) }) }, action: { label: 'list.settings', run: () => router.go({ at: 'settings' }) } }, STAYS);
}

/** How many days old the last backup is that was read back, or that was made where none ever was, when it is time to say so. Whoever never made one here has chosen that. */
export function backupDue(known: readonly Pick<KnownBackup, 'verified' | 'unseen'>[], reminded: number, now: number): number | null {
  // What was noted by a clock that was ahead says nothing of when.
  const last = Math.max(...known.map(({ verified, unseen }) => verified ?? unseen ?? -Infinity).filter((at) => at <= now));
  return now - last >= MONTH && Number.isFinite(last) && (reminded > now || now - reminded >= MONTH) ? Math.floor((now - last) / DAY) : null;
}
