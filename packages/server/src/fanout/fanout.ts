import type { Id } from '@earshot/base/ids.ts';
import type { Cursor } from '@earshot/protocol/logs.ts';

/**
 * What happened, so that open connections hear of it soon. Hints may be lost, repeated and reordered: nothing depends on them
 * but haste, and who may see something is decided by the store.
 */
export type Hint =
  /** `changed`: what was remembered of this event is no longer true. */
  | { readonly kind: 'event'; readonly log: Id; readonly seq: number; readonly changed: boolean }
  | { readonly kind: 'cursor'; readonly log: Id; readonly cursor: Cursor }
  | { readonly kind: 'changed'; readonly what: 'logs' | 'people' | 'account' }
  /** An upload for this conversation stands at `length`; null: it was taken back. */
  | { readonly kind: 'growing'; readonly log: Id; readonly upload: Id; readonly length: number | null }
  /** The session of this device ended; null: of all devices of the person. */
  | { readonly kind: 'ended'; readonly device: Id | null };

export type Listener = (person: Id, hint: Hint) => void;

export interface FanOut {
  publish(people: readonly Id[], hint: Hint): void;
  /** Hints for one person, until the returned function is called. */
  subscribe(person: Id, listener: Listener): () => void;
  close(): Promise<void>;
}
