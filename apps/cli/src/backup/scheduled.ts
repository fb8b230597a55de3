import type { Clock } from '@earshot/base/clock.ts';
import type { BackupNote } from '@earshot/server/status/machine.ts';

/** After one that failed the next try comes so much later, or sooner where backups are more frequent. Milliseconds. */
const RETRY = 3_600_000;
/** The note is looked at so often: somebody may have made a backup by hand, or set the clock. Milliseconds. */
const LOOK = 60_000;

export interface Schedule {
  readonly clock: Clock;
  /** Milliseconds between two backups. */
  readonly every: number;
  /** What the data folder knows, also of the time before this start. */
  readonly note: () => Promise<BackupNote>;
  /** Makes one, and leaves a note of what came of it. */
  readonly make: () => Promise<void>;
}

/** Backs up whenever it is due, until the signal. A failure is noted, told and tried again; it ends nothing. */
export async function backUpOnTime({ clock, every, note, make }: Schedule, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = untilDue(await note(), every, clock.now());
    if (wait === 0) await make();
    // Also after one that could leave no note, because the disk is full.
    await clock.sleep(Math.min(wait || LOOK, LOOK), signal);
  }
}

/** Milliseconds. A note out of the future is of a clock that was wrong, and says nothing of when: the next backup is due now, and notes it anew. */
export function untilDue({ verified, failed }: BackupNote, every: number, now: number): number {
  const since = (at: number): number => (at > now ? Infinity : now - at);
  const good = verified === null ? 0 : Math.max(0, every - since(verified));
  return failed === null ? good : Math.max(0, Math.min(every, RETRY) - since(failed.at));
}
