/** Levels are given in dB of full scale (dBFS): 0 for a sample of 1. Silence would be minus infinity, which JSON cannot say. */
export const SILENCE_DB = -144;

/** dBFS of an amplitude, never below `SILENCE_DB`. */
export function toDecibels(amplitude: number): number {
  return amplitude > 0 ? Math.max(SILENCE_DB, 20 * Math.log10(amplitude)) : SILENCE_DB;
}
