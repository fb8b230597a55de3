import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Channel, ChannelWord } from './channel-locks.ts';

/**
 * One window for each take. `lock` holds it for this page, so that no other window writes to it; the hold ends with the page at the
 * latest. Throws `recorder.elsewhere`.
 */
export interface TakeLocks {
  readonly way: 'web-locks' | 'channel';
  lock(take: Id): Promise<() => void>;
  /** Takes that some window holds. */
  locked(): Promise<ReadonlySet<Id>>;
}

const PREFIX = 'earshot-take-';

/** By the browser itself where it can, else by asking the other windows, which is loaded where it is needed. */
export async function openTakeLocks(): Promise<TakeLocks> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks !== undefined) return webLocks(locks);
  const { ChannelLocks } = await import('./channel-locks.ts');
  return new ChannelLocks(broadcast('earshot-takes'), crypto.randomUUID());
}

function broadcast(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    say: (word) => channel.postMessage(word),
    listen: (listener) => (channel.onmessage = (event: MessageEvent<ChannelWord>) => listener(event.data)),
  };
}

function webLocks(locks: LockManager): TakeLocks {
  return {
    way: 'web-locks',
    lock: (take) =>
      new Promise((resolve, reject) => {
        const held = locks.request(PREFIX + take, { ifAvailable: true }, (lock) => {
          if (lock === null) {
            reject(new Failure('recorder.elsewhere', { take }));
            return undefined;
          }
          return new Promise<void>((release) => resolve(release));
        });
        held.catch(reject);
      }),
    locked: async () => {
      const { held } = await locks.query();
      const names = (held ?? []).map((lock) => lock.name ?? '');
      return new Set(names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)));
    },
  };
}
