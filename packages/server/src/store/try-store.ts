/** Wrong tries, counted where all processes see them. */
export interface TryStore {
  /**
   * Counts one try under each key, unless one of them already has as many as are allowed in its window: then nothing is
   * counted, and the answer is when that window ends.
   */
  count(keys: readonly { readonly key: string; readonly allowed: number }[], at: number, window: number): Promise<{ readonly until: number } | null>;
  /** A right one: takes the try back from `shared` keys and clears the `own` ones. */
  forgive(own: readonly string[], shared: readonly string[]): Promise<void>;
  sweep(at: number): Promise<void>;
}
