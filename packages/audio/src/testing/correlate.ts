import { transform } from './fourier.ts';

/**
 * Shows that two recordings are of the same sound, for end-to-end tests: what was spoken, and what came out at the other end.
 */
export type Alignment = {
  /** How many samples later the reference begins in the candidate; negative if earlier. */
  readonly lag: number;
  /** Normalised cross-correlation over the part where both are, -1 to 1. */
  readonly score: number;
  /** Samples that were compared. */
  readonly overlap: number;
};

export type AlignOptions = {
  /** Only lags from -maxLag to maxLag, in samples; all of them unless given. */
  readonly maxLag?: number;
  /** The part of the shorter recording that must be compared; one half unless given, so that no lucky sliver wins. */
  readonly minOverlap?: number;
};

/** The lag at which two recordings of the same rate agree best. */
export function align(reference: Float32Array, candidate: Float32Array, options: AlignOptions = {}): Alignment {
  const { maxLag = Infinity, minOverlap = 0.5 } = options;
  const products = crossProducts(reference, candidate);
  const energyOf = { reference: runningEnergy(reference), candidate: runningEnergy(candidate) };
  const needed = Math.max(1, minOverlap * Math.min(reference.length, candidate.length));
  let best: Alignment = { lag: 0, score: -1, overlap: 0 };
  const from = Math.max(-maxLag, -reference.length + 1);
  const to = Math.min(maxLag, candidate.length - 1);
  for (let lag = from; lag <= to; lag += 1) {
    const start = Math.max(0, -lag);
    const end = Math.min(reference.length, candidate.length - lag);
    if (end - start < needed) continue;
    const energy = between(energyOf.reference, start, end) * between(energyOf.candidate, start + lag, end + lag);
    if (energy <= 0) continue;
    const score = (products[lag < 0 ? lag + products.length : lag] as number) / Math.sqrt(energy);
    if (score > best.score) best = { lag, score, overlap: end - start };
  }
  return best;
}

export type WindowScore = {
  /** Samples from the beginning of the reference. */
  readonly start: number;
  readonly score: number;
};

/**
 * The correlation at one lag, in windows of `span` samples, of those of the reference that are not near silence (within 30 dB of
 * its loudest): shows that nothing is missing from the first syllable to the last. Beyond the candidate's ends there is
 * silence. A codec keeps the shape of vowels (over 0.8) better than that of an "s" (0.5 and more); other sound scores near 0.
 */
export function windowScores(reference: Float32Array, candidate: Float32Array, lag: number, span: number): WindowScore[] {
  const energies = runningEnergy(reference);
  // What is left at the end joins the last window, or makes one of its own from half a `span` on.
  const count = Math.max(1, Math.round(reference.length / span));
  const windows = Array.from({ length: count }, (_, index) => {
    const start = index * span;
    const end = index === count - 1 ? reference.length : start + span;
    return { start, end, power: between(energies, start, end) / (end - start) };
  });
  const loudest = windows.reduce((most, { power }) => Math.max(most, power), 0);
  return windows
    .filter(({ power }) => power > 0 && power >= loudest / 1000)
    .map(({ start, end }) => ({ start, score: scoreAt(reference, candidate, lag, start, end) }));
}

/** Normalised correlation of `reference[from..to]` with what lies `lag` later in the candidate. */
function scoreAt(reference: Float32Array, candidate: Float32Array, lag: number, from: number, to: number): number {
  let product = 0;
  let own = 0;
  let other = 0;
  for (let at = from; at < to; at += 1) {
    const a = reference[at] ?? 0;
    const b = candidate[at + lag] ?? 0;
    product += a * b;
    own += a * a;
    other += b * b;
  }
  return own > 0 && other > 0 ? product / Math.sqrt(own * other) : 0;
}

/** Sum of reference[n] * candidate[n + lag] for every lag, negative ones counted from the end. */
function crossProducts(reference: Float32Array, candidate: Float32Array): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(reference.length + candidate.length));
  // One transform serves both: the reference as real, the candidate as imaginary part.
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  real.set(reference);
  imaginary.set(candidate);
  transform(real, imaginary);
  const outReal = new Float64Array(size);
  const outImaginary = new Float64Array(size);
  for (let k = 0; k < size; k += 1) {
    const m = (size - k) % size;
    const [a, b, c, d] = [real[k] as number, imaginary[k] as number, real[m] as number, imaginary[m] as number];
    const [refReal, refImaginary] = [(a + c) / 2, (b - d) / 2];
    const [canReal, canImaginary] = [(b + d) / 2, (c - a) / 2];
    // conj(reference) * candidate, conjugated again so that a forward transform inverts it.
    outReal[k] = refReal * canReal + refImaginary * canImaginary;
    outImaginary[k] = -(refReal * canImaginary - refImaginary * canReal);
  }
  transform(outReal, outImaginary);
  return outReal.map((value) => value / size);
}

/** Entry n is the energy of the first n samples. */
function runningEnergy(samples: Float32Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let at = 0; at < samples.length; at += 1) sums[at + 1] = (sums[at] as number) + (samples[at] as number) ** 2;
  return sums;
}

function between(sums: Float64Array, start: number, end: number): number {
  return (sums[end] as number) - (sums[start] as number);
}
