import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';

/** What the page asks of the converting worker, once. Ending the worker is cancelling. */
export interface ConversionRequest {
  readonly file: File;
  /** Addresses of the codec's two variants. */
  readonly codec: { readonly simd: string; readonly plain: string };
}

/** What comes back: progress, and then one of the other two. */
export type ConversionAnswer =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'done'; readonly sound: ConvertedSound }
  | { readonly type: 'refused'; readonly code: FailureCode; readonly evidence: Evidence };

/** 48 kHz mono Opus in packets of 20 ms. */
export interface ConvertedSound {
  readonly packets: readonly Uint8Array[];
  readonly samples: number;
  readonly preSkip: number;
  readonly waveform: Uint8Array;
  /** No moment of it rises above what a quiet room has. */
  readonly silent: boolean;
}
