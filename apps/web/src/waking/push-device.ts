/** Where the server reaches this device, and for which of its keys that was made. */
export interface PushAddress {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
  readonly serverKey: string;
}

/** The browser's half of being woken. */
export interface PushDevice {
  /** `home-screen`: only once the app was added there. `none`: not in this browser, or not at this address. */
  readonly support: 'full' | 'home-screen' | 'none';
  permission(): NotificationPermission;
  /** Asks the person, through the browser. Only in answer to something she did. */
  ask(): Promise<NotificationPermission>;
  subscription(): Promise<PushAddress | null>;
  /** In place of any before. Fails with `network.push`. */
  subscribe(serverKey: string): Promise<PushAddress>;
  unsubscribe(): Promise<void>;
  /** Something arrived while a page was open: whoever shows notifications shall look. */
  look(): void;
  /** A conversation is being looked at, until the returned function is called: nothing is told of it meanwhile, and what was told goes. */
  inSight(conversation: string): () => void;
}

/**
 * What a page holds while a conversation is in sight. A lock, because it ends with the page however that ends, and because a
 * service worker cannot see where in the app a page is.
 */
export const sightLock = (conversation: string): string => `earshot in sight ${conversation}`;

/** Between the pages and the service worker. */
export type PageMessage = { readonly type: 'look' };
export type WorkerMessage = { readonly type: 'open'; readonly path: string };
