import type { Locks } from '../locks.ts';

/** The browser's own locks: shared by all pages of the origin, and gone with the page that held them. */
export function webLocks(prefix: string, manager: LockManager = navigator.locks): Locks {
  return {
    hold: async (name, work, signal) => await manager.request(`${prefix}/${name}`, signal === undefined ? {} : { signal }, work),
  };
}
