/** Addresses that the build fills in: their names carry a hash of their content. */
declare const BUILD: {
  readonly version: string;
  readonly recorderWorker: string;
  readonly captureWorklet: string;
  readonly convertWorker: string;
  /** What the Doctor knows, as JSON. */
  readonly knowledge: string;
  readonly codec: { readonly simd: string; readonly plain: string };
};

export const build = BUILD;
