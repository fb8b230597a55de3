/** Where a device is woken. */
export interface PushAddress {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** The server's pair of keys (RFC 8292), base64url. The private one is kept in the store and goes nowhere else. */
export interface PushKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** What became of a wake. */
export type PushAnswer =
  /** The push service keeps it until the device is there. */
  | { readonly kind: 'accepted' }
  /** The subscription has ended, and never comes back. */
  | { readonly kind: 'gone' }
  /** Not this time. `reason` names no address; `retryAfter` is in milliseconds. */
  | { readonly kind: 'failed'; readonly reason: string; readonly status: number | null; readonly retryAfter: number | null };

/**
 * Asks a push service to wake one device.
 *
 * Laws (held by `push.contract.ts`)
 * 1. A wake says nothing but that there may be something new: the same bytes for every device, message and conversation.
 * 2. Whatever the push service does is an answer: `wake` never rejects for it, and answers within a bounded time.
 * 3. Wakes of one device take each other's place at the push service: a device that was away for long is woken once.
 */
export interface Push {
  wake(address: PushAddress): Promise<PushAnswer>;
  close(): Promise<void>;
}
