import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { broadcastChannel } from './channel.browser.ts';
import { createEarshot } from './create.ts';
import type { Earshot } from './earshot.ts';
import { webLocks } from './locks/web-locks.browser.ts';
import { framingSealer } from './sealers/framing-sealer.ts';
import { indexedDbStore } from './stores/indexeddb.browser.ts';
import { fetchTransport } from './transports/fetch-transport.ts';

const NAME = 'earshot';

/** The Earshot of this origin, shared by all its pages. */
export async function openInBrowser(): Promise<Earshot> {
  return await createEarshot({
    store: await indexedDbStore(NAME),
    transport: fetchTransport({ server: location.origin, headers: { 'earshot-client': 'browser' }, socketHeaders: false }),
    sealer: framingSealer(systemRandom),
    locks: webLocks(NAME),
    clock: systemClock,
    random: systemRandom,
    channel: broadcastChannel(NAME),
    online: (listener) => {
      // Whoever looks at the page again may have carried the device elsewhere, where timers did not run.
      const seen = (): void => {
        if (document.visibilityState === 'visible') listener();
      };
      addEventListener('online', listener);
      document.addEventListener('visibilitychange', seen);
      return () => {
        removeEventListener('online', listener);
        document.removeEventListener('visibilitychange', seen);
      };
    },
    offline: () => !navigator.onLine,
  });
}
