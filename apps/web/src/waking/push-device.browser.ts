import { addressOf, subscribeTo } from './push-address.browser.ts';
import { type PageMessage, type PushDevice, sightLock, type WorkerMessage } from './push-device.ts';

/** Being woken, in a page. `opened` is told where a person wants to go who touched a notification. */
export function createPushDevice(page: Window, opened: (path: string) => void): PushDevice {
  const { navigator } = page;
  const support = supportOf(page);
  if (support !== 'full') return { ...withoutPush, support };
  const registration = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
    if (data.type === 'open') opened(data.path);
  });
  return {
    support,
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    subscription: async () => {
      const found = await (await registration()).pushManager.getSubscription();
      return found && addressOf(found);
    },
    subscribe: async (serverKey) => subscribeTo((await registration()).pushManager, serverKey),
    unsubscribe: async () => {
      await (await (await registration()).pushManager.getSubscription())?.unsubscribe();
    },
    look: () => navigator.serviceWorker.controller?.postMessage({ type: 'look' } satisfies PageMessage),
    inSight: (conversation) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      // Shared: two windows may show the same.
      navigator.locks.request(sightLock(conversation), { mode: 'shared' }, async () => {
        for (const shown of await (await registration()).getNotifications({ tag: conversation })) shown.close();
        await promise;
      }).catch(reportError);
      return resolve;
    },
  };
}

/** Where none of it exists nothing is asked for, so most of this is never called. */
const withoutPush: Omit<PushDevice, 'support'> = {
  permission: () => 'denied',
  ask: () => Promise.resolve('denied'),
  subscription: () => Promise.resolve(null),
  subscribe: () => Promise.reject(new Error('assertion: this browser knows no push')),
  unsubscribe: () => Promise.resolve(),
  look: () => undefined,
  inSight: () => () => undefined,
};

/** Phones of one maker know push in apps on the home screen only; their browsers alone say whether a page is one. */
function supportOf(page: Window): PushDevice['support'] {
  if ('serviceWorker' in page.navigator && 'PushManager' in page && 'Notification' in page) return 'full';
  return 'standalone' in page.navigator && page.navigator.standalone === false ? 'home-screen' : 'none';
}
