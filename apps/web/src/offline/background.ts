/** What a page and the service worker have to agree on, so that what waits is sent when no page is open any more. */
export const OUTBOX_TAG = 'outbox';

/** Background Sync, which one engine has so far and the web's types do not know. */
export interface SyncManager {
  register(tag: string): Promise<void>;
  getTags(): Promise<string[]>;
}
