import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { broadcastChannel } from './channel.browser.ts';
import { atRestStore } from './at-rest/at-rest-store.ts';
import { destroyReplicaKey, openReplicaKey } from './at-rest/replica-key.browser.ts';
import { webCipher } from './keys/cipher.ts';
import { createEarshot } from './create.ts';
import type { Earshot } from './earshot.ts';
import { webLocks } from './locks/web-locks.browser.ts';
import { indexedDbStore } from './stores/indexeddb.browser.ts';
import { fetchTransport } from './transports/fetch-transport.ts';

const NAME = 'earshot';

const transport = () => fetchTransport({ server: location.origin, headers: { 'earshot-client': 'browser' }, socketHeaders: false });

/** The Earshot of this origin, shared by all its pages. Throws `mic.insecure` where browsers give a page neither microphone, locks nor hashes. */
export async function openInBrowser(): Promise<Earshot> {
  if (!isSecureContext) throw new Failure('mic.insecure', { origin: location.origin });
  const holder = { open: async () => webCipher(await openReplicaKey(NAME), systemRandom), destroy: () => destroyReplicaKey(NAME) };
  const { store, forget, onDamage } = await atRestStore(await indexedDbStore(NAME), holder, systemRandom);
  return await createEarshot({
    store,
    forgetAtRest: forget, onDamage,
    transport: transport(),
    locks: webLocks(NAME),
    clock: systemClock,
    random: systemRandom,
    channel: broadcastChannel(NAME),
    online: (listener) => {
      addEventListener('online', listener);
      return () => removeEventListener('online', listener);
    },
    offline: () => !navigator.onLine,
  });
}

/**
 * An Earshot for a page whose browser gives it no store: nobody is signed in to it, and it ends with the page. For looking at what is wrong;
 * nothing that a person makes may go into it.
 */
export async function openWithoutStore(): Promise<Earshot> {
  const [{ memoryStore }, { memoryLocks }] = await Promise.all([import('./stores/memory.ts'), import('./locks/memory.ts')]);
  return await createEarshot({ store: memoryStore(), transport: transport(), locks: memoryLocks(), clock: systemClock, random: systemRandom, offline: () => !navigator.onLine });
}
