import type { Id } from '@earshot/base/ids.ts';

/** What takes room on this device, and giving it back. */
export interface StorageFace {
  report(): Promise<StorageReport>;
  /**
   * Drops the bytes of messages that were heard, once the server has said that it holds each of them for this person; they come back when they are played.
   * Never touches what is unheard, kept, or only here, nor what the server holds for others at most: of where she left, and what was brought back by name. Rejects with a network code when the server cannot be asked, once nothing of it goes on any more; what is free by then stays free.
   */
  free(choice?: { readonly conversation?: Id }): Promise<Freed>;
}

export interface Amount {
  readonly bytes: number;
  readonly messages: number;
}

export interface StorageReport {
  readonly heard: Amount;
  readonly unheard: Amount;
  /** What is on its way to the server, and only here. */
  readonly unsent: Amount;
  /** What was recorded and not sent. */
  readonly drafts: Amount;
  /** Those with the most bytes first. */
  readonly conversations: readonly (Amount & { readonly conversation: Id })[];
  /** What `free` would drop if the server has it; of where she left it has nothing for her. */
  readonly freeable: Amount;
}

export interface Freed extends Amount {
  /** Those that stay because the server did not say that it holds them for this person. */
  readonly stayed: number;
}
