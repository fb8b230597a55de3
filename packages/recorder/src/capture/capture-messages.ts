/**
 * What worklet and worker say to each other over their own port. The page is not on this way: however long it is blocked, frames
 * go on to the worker.
 */
export type ToWorklet =
  /** Frames are wanted from the next quantum on. */
  | { readonly type: 'open' }
  /** Go on for this many samples, hand over what is left, answer `drained`, and stay shut. */
  | { readonly type: 'drain'; readonly samples: number };

export type FromWorklet =
  | { readonly type: 'frames'; readonly samples: Float32Array<ArrayBuffer>; readonly missing: number }
  | { readonly type: 'drained' };

/** 20 ms: one of these makes a packet. Smaller ones cost processor time (each wakes the worker up), larger ones are lost in a crash. */
export const CHUNK_SAMPLES = 960;

/** The last syllable is still on its way through the system when the button is let go: listen this much longer, in samples. */
export const DRAIN_SAMPLES = 5_760;

/** Name under which the worklet registers. */
export const CAPTURE_PROCESSOR = 'earshot-capture';
