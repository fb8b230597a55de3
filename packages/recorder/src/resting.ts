import { limits } from '@earshot/protocol/limits.ts';
import type { TakeSummary } from './journal/journal.ts';

/** When a discarded take may go, in milliseconds since 1970. Until then it can be brought back. */
export function restsUntil({ changed }: Pick<TakeSummary, 'changed'>): number {
  return changed + limits.trashLife;
}

/**
 * Takes that were discarded and have rested long enough by `now`. Only these are ever removed without being asked. A decision that lies
 * in the future was made under a wrong clock: it rests on.
 */
export function rested<T extends Pick<TakeSummary, 'state' | 'changed'>>(takes: readonly T[], now: number): T[] {
  return takes.filter((take) => take.state === 'discarded' && now >= restsUntil(take));
}
