import { toBase64Url } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PushAddress } from './push-device.ts';

/** A subscription in the words of the server; null when the browser keeps back something that is needed. */
export function addressOf(subscription: PushSubscription): PushAddress | null {
  const [p256dh, auth] = [subscription.getKey('p256dh'), subscription.getKey('auth')];
  const key = subscription.options.applicationServerKey;
  if (!p256dh || !auth || !key) return null;
  return { endpoint: subscription.endpoint, p256dh: text(p256dh), auth: text(auth), serverKey: text(key) };
}

/** Subscribes anew, because a subscription cannot change its key. Fails with `network.push`. */
export async function subscribeTo(manager: PushManager, serverKey: string): Promise<PushAddress> {
  try {
    await (await manager.getSubscription())?.unsubscribe();
    const address = addressOf(await manager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey }));
    if (address) return address;
  } catch (error) {
    throw new Failure('network.push', { reason: error instanceof Error ? error.name : 'unknown' }, { cause: error });
  }
  throw new Failure('network.push', { reason: 'keys' });
}

const text = (bytes: ArrayBuffer): string => toBase64Url(new Uint8Array(bytes));
