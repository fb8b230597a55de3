import type { Earshot } from '@earshot/client/earshot.ts';
import { OUTBOX_TAG, type SyncManager } from './background.ts';

/** What is not sent within this needs more than a moment. Milliseconds. */
const MOMENT = 2_000;

/**
 * Asks the browser to wake the service worker once there is a network, as soon as something waits: whoever has spoken may close
 * the app. Browsers without Background Sync send when the app is opened again.
 */
export function sendLater(earshot: Pick<Earshot, 'on' | 'settled'>, container: ServiceWorkerContainer): void {
  let looking = false;
  const look = async (): Promise<void> => {
    const settled = earshot.settled().then(() => true, () => false);
    const idle = await Promise.race([settled, new Promise<false>((resolve) => void setTimeout(() => resolve(false), MOMENT))]);
    if (idle) return;
    const registration = await container.ready;
    if ('sync' in registration) await (registration.sync as SyncManager).register(OUTBOX_TAG);
    // Once is enough until nothing waits any more.
    await settled;
  };
  earshot.on(({ type }) => {
    if (type !== 'changed' || looking) return;
    looking = true;
    look().catch(reportError).finally(() => (looking = false));
  });
}
