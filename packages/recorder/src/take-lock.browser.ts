import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';

const PREFIX = 'earshot-take-';

/** Holds a take for this page, so that no other window writes to it. The browser frees it when the page ends. Throws `recorder.elsewhere`. */
export async function lockTake(take: Id): Promise<() => void> {
  // Without Web Locks the disk itself refuses a second writer where it has files; there is nothing better.
  if (navigator.locks === undefined) return () => undefined;
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(PREFIX + take, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        reject(new Failure('recorder.elsewhere', { take }));
        return undefined;
      }
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}

/** Takes that some window holds. */
export async function lockedTakes(): Promise<Set<Id>> {
  const { held } = (await navigator.locks?.query()) ?? { held: [] };
  const names = (held ?? []).map((lock) => lock.name ?? '');
  return new Set(names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)));
}
