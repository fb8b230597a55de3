import { OUTBOX_TAG } from './background.ts';
import { withEarshot } from './with-earshot.worker.ts';

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}

/** Sends what waits when the browser says that there is a network again. What still waits then asks the browser for another time. */
export function listenForNetwork(scope: ServiceWorkerGlobalScope): void {
  scope.addEventListener('sync', (event) => {
    const sync = event as SyncEvent;
    if (sync.tag === OUTBOX_TAG) sync.waitUntil(send());
  });
}

async function send(): Promise<void> {
  const sent = await withEarshot(async (earshot) => {
    if ((await earshot.account.current()) === null) return;
    await earshot.start();
    await earshot.settled();
  });
  if (!sent) throw new Error('something still waits');
}
