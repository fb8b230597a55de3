/**
 * What capture and worker say to each other over their own port. The page is not on this way: however long it is blocked, frames
 * go on to the worker.
 *
 * Capture keeps what it has handed over until it hears that the journal has it. So a worker or an encoder may die at any moment: the
 * next one tells how many packets of the take the journal holds, and gets everything behind them once more.
 */
export type ToCapture =
  /** Frames are wanted from the next quantum on. `resend`: packets that the journal holds; what came behind them is sent again first. */
  | { readonly type: 'open'; readonly resend: number | null }
  /** Go on for this many samples, hand over what is left, answer `drained`, and stay shut. */
  | { readonly type: 'drain'; readonly samples: number }
  /** An encoder began with the sample `at`; its first packet is number `packets` of the take, and plays `preSkip` samples late. */
  | { readonly type: 'part'; readonly at: number; readonly packets: number; readonly preSkip: number }
  /** So many packets of the take are in the journal. */
  | { readonly type: 'kept'; readonly packets: number };

export type FromCapture =
  /** `at`: how many samples came before these. `missing`: how many the audio thread skipped just before them. */
  | { readonly type: 'frames'; readonly at: number; readonly samples: Float32Array<ArrayBuffer>; readonly missing: number }
  | { readonly type: 'drained' };

/** 20 ms: one of these makes a packet. Smaller ones cost processor time (each wakes the worker up), larger ones are lost in a crash. */
export const CHUNK_SAMPLES = 960;

/**
 * 40 ms, two packets: what is taken from a track comes 8 to 18 ms earlier than out of an audio graph, so it can be handed over half as
 * often, for half the wake-ups of everything behind it, and is on the disk as early on the average.
 */
export const TRACK_SAMPLES = 1_920;

/** The last syllable is still on its way through the system when the button is let go: listen this much longer, in samples (120 ms). */
export const DRAIN_SAMPLES = 5_760;

/** 1 s: on a busy machine so much may be waiting in queues when the button is let go. Nobody is kept from sending for longer. */
export const LONGEST_DRAIN = 48_000;

/** 10 s: a worker that hangs is noticed after some 4 s, ended after 2 more, and replaced in a fraction of one. 2 MB. */
export const KEEP_SAMPLES = 480_000;

/** Name under which the worklet registers. */
export const CAPTURE_PROCESSOR = 'earshot-capture';

/** Name of the worker that captures from tracks, by which the common script knows what it is. */
export const CAPTURER = 'earshot-capturer';

/** What the page tells it: where sound comes from now, or where it goes. */
export type ToCapturer = { readonly sound: ReadableStream<AudioData> } | { readonly worker: MessagePort };
