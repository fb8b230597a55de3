import type { Earshot } from '@earshot/client/earshot.ts';
import { OUTBOX_TAG, type SyncManager } from './background.ts';

/** What is not sent within this needs more than a moment. Milliseconds. */
const MOMENT = 2_000;

/** The page: whether it has a network, and whether somebody still looks at it. */
export type Page = Pick<Window, 'addEventListener'> & {
  readonly navigator: Pick<Navigator, 'onLine'>;
  readonly document: Pick<Document, 'addEventListener' | 'visibilityState'>;
};

/**
 * Asks the browser to wake the service worker once there is a network, as soon as something waits: whoever has spoken may close
 * the app. Browsers without Background Sync send when the app is opened again.
 */
export function sendLater(earshot: Pick<Earshot, 'on' | 'settled'>, container: Pick<ServiceWorkerContainer, 'ready'>, page: Page): void {
  let looking = false;
  /** Whether something may be on its way still. */
  let open = false;
  // At hand before it is needed: a page that goes waits for nothing any more.
  let sync: SyncManager | null = null;
  const ready = container.ready.then((registration) => {
    if ('sync' in registration) sync = registration.sync as SyncManager;
  });
  const register = async (): Promise<void> => await sync?.register(OUTBOX_TAG);
  const look = async (): Promise<void> => {
    const settled = earshot.settled().then(() => true, () => false);
    const moment = new Promise<false>((resolve) => void setTimeout(() => resolve(false), page.navigator.onLine ? MOMENT : 0));
    if (!(await Promise.race([settled, moment]))) {
      await ready;
      await register();
    }
    // Once is enough until nothing waits any more.
    if (await settled) open = false;
  };
  earshot.on(({ type }) => {
    if (type !== 'changed') return;
    open = true;
    if (looking) return;
    looking = true;
    look().catch(reportError).finally(() => (looking = false));
  });
  // Out of sight or gone, a page may be ended before the moment is over. Asked by one that goes, the browser may be too late: it takes it from open pages only.
  const leave = (): void => {
    if (open) register().catch(reportError);
  };
  page.document.addEventListener('visibilitychange', () => {
    if (page.document.visibilityState === 'hidden') leave();
  });
  page.addEventListener('pagehide', leave);
}
