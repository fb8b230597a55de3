import type { PushAddress, PushDevice } from '../waking/push-device.ts';

/** A browser that can be woken, or says why not. */
export function createSamplePush(support: PushDevice['support'], before: NotificationPermission): PushDevice {
  let permission = before;
  let subscribed: PushAddress | null = null;
  return {
    support,
    permission: () => permission,
    ask: () => Promise.resolve((permission = permission === 'default' ? 'granted' : permission)),
    subscription: () => Promise.resolve(subscribed),
    subscribe: (serverKey) => Promise.resolve((subscribed = { endpoint: 'https://push.example/1', p256dh: 'p', auth: 'a', serverKey })),
    unsubscribe: () => {
      subscribed = null;
      return Promise.resolve();
    },
    look: () => undefined,
    inSight: () => () => undefined,
  };
}
