/** The peaks are linear in decibels, over which speech varies little; raised to a power, syllables stand out from pauses. */
export const shapeOf = (peak: number): number => (peak / 255) ** 1.7;

/** Peaks (0 to 255) brought to `count` bars, each 0 to 1: the loudest of what falls into it, so that no sound disappears. */
export function bars(peaks: Uint8Array, count: number): number[] {
  if (peaks.length === 0) return Array.from({ length: count }, () => 0);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * peaks.length) / count));
    let loudest = 0;
    for (let at = from; at < to; at += 1) loudest = Math.max(loudest, peaks[at] ?? 0);
    return shapeOf(loudest);
  });
}

/** One path for all bars on a grid of `3 * count` by 100: rounded strokes from the middle line. */
export function barsPath(heights: readonly number[]): string {
  return heights
    .map((height, index) => {
      const half = Math.max(1, height * 44);
      return `M${index * 3 + 1.5} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`;
    })
    .join('');
}
