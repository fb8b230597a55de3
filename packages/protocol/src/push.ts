import * as v from 'valibot';
import { limits } from './limits.ts';
import { id } from './wire.ts';

/** An uncompressed point of P-256 (65 bytes, the first one 4), base64url. */
const point = v.pipe(v.string(), v.regex(/^B[A-Za-z0-9_-]{86}$/));

/** What the browser's push service gave this device (RFC 8030, 8291, 8292), and what the device wants to sleep through. */
export const pushSubscription = v.strictObject({
  /** Where the push service takes a wake for this device; https only. */
  endpoint: v.pipe(v.string(), v.url(), v.maxLength(limits.pushEndpointLength)),
  p256dh: point,
  /** 16 bytes. */
  auth: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  /** The server's key that the subscription was made for: with another one the push service refuses every wake. */
  serverKey: point,
  /** Conversations that shall not wake this device. Muting is sealed, so the device has to say it. */
  silent: v.pipe(v.array(id), v.maxLength(limits.conversationsPerPerson)),
});
export type PushSubscriptionCommand = v.InferOutput<typeof pushSubscription>;

/** `key`: what subscriptions have to be made for; null while the operator has push turned off. */
export const pushAnswer = v.object({ key: v.nullable(point) });
