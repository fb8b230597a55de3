/** What the build fills in, as JSON: an object would be put into every piece of the script. */
declare const BUILD: string;

/** Addresses whose names carry a hash of their content. */
export const build = JSON.parse(BUILD) as {
  readonly version: string;
  readonly recorderWorker: string;
  readonly captureWorklet: string;
  readonly convertWorker: string;
  /** What the Doctor knows, as JSON. */
  readonly knowledge: string;
  readonly codec: { readonly simd: string; readonly plain: string };
};
