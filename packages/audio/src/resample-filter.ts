/**
 * The low-pass filters of the resampler: a sinc under a Kaiser window, cut in phases.
 *
 * With 96 taps and beta 8.96 the stop band is 90 dB down and the transition takes 5.9 % of the lower of the two rates. The
 * transition ends at that rate's half: nothing folds back, and what is lost is the last tenth below it.
 */
const TAPS = 96;
const STOP_BAND_DB = 90;
const BETA = 0.1102 * (STOP_BAND_DB - 8.7);
/** Width of the transition as a part of the sampling rate (Kaiser's formula). */
const TRANSITION = (STOP_BAND_DB - 7.95) / (14.36 * (TAPS - 1));

export type PolyphaseFilter = {
  readonly phases: number;
  /** Even; the middle lies between the two taps in the middle. */
  readonly taps: number;
  /** `phases + 1` rows of `taps` weights, for positions 0, 1/phases, ... 1 between two input samples. */
  readonly weights: Float32Array;
};

/** `ratio` is output rate / input rate. Below 1 the filter grows, as it must cut lower. */
export function makeFilter(ratio: number, phases: number): PolyphaseFilter {
  const scale = Math.min(1, ratio);
  const taps = 2 * Math.ceil(TAPS / 2 / scale);
  const cutoff = (0.5 - TRANSITION / 2) * scale; // as a part of the input rate
  const weights = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase += 1) {
    const row = weights.subarray(phase * taps, (phase + 1) * taps);
    fillRow(row, phase / phases, cutoff);
  }
  return { phases, taps, weights };
}

/** Weights for a point `fraction` of a sample behind the middle's left tap; their sum is 1, so that silence stays flat. */
function fillRow(row: Float32Array, fraction: number, cutoff: number): void {
  const half = row.length / 2;
  const exact = new Float64Array(row.length);
  let sum = 0;
  for (let tap = 0; tap < row.length; tap += 1) {
    const distance = tap - (half - 1) - fraction;
    const weight = sinc(2 * cutoff * distance) * kaiser(distance / half);
    exact[tap] = weight;
    sum += weight;
  }
  for (let tap = 0; tap < row.length; tap += 1) row[tap] = (exact[tap] as number) / sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** The modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
