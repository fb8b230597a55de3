import type { FailureCode } from '@earshot/protocol/failures.ts';

/** What a page is told before it is put away. */
export interface PageSignals {
  /** Out of sight, frozen, or left for good: nobody can see that it records. */
  away(code: FailureCode, how: string): void;
  /** About to be left, perhaps: everything should be on the disk. */
  leaving(): void;
}

/** Watches the page. Returns the end of watching. */
export function watchPage(signals: PageSignals): () => void {
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') signals.away('recorder.hidden', 'hidden');
  };
  const frozen = (): void => signals.away('recorder.hidden', 'frozen');
  const left = (): void => signals.away('recorder.hidden', 'left');
  const leaving = (): void => signals.leaving();
  document.addEventListener('visibilitychange', hidden);
  document.addEventListener('freeze', frozen);
  addEventListener('pagehide', left);
  addEventListener('beforeunload', leaving);
  return () => {
    document.removeEventListener('visibilitychange', hidden);
    document.removeEventListener('freeze', frozen);
    removeEventListener('pagehide', left);
    removeEventListener('beforeunload', leaving);
  };
}
