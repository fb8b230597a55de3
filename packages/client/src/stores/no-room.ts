import { Failure } from '@earshot/protocol/failures.ts';

/** How the stores name a disk that is full; other reasons are faults that have nothing to do with room. */
const FULL: ReadonlySet<unknown> = new Set([undefined, 'full', 'QuotaExceededError']);

/** Whether a store refused because this device has no room left. */
export function noRoom(error: unknown): boolean {
  return error instanceof Failure && error.code === 'device.storage' && FULL.has(error.evidence['reason']);
}
