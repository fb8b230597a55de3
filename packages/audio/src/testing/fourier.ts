/** The discrete Fourier transform in place; the length must be a power of two. */
export function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  sortByReversedBits(real, imaginary);
  for (let span = 1; span < size; span *= 2) {
    const cos = new Float64Array(span);
    const sin = new Float64Array(span);
    for (let k = 0; k < span; k += 1) {
      cos[k] = Math.cos((Math.PI * k) / span);
      sin[k] = -Math.sin((Math.PI * k) / span);
    }
    for (let block = 0; block < size; block += 2 * span) butterflies(real, imaginary, block, cos, sin);
  }
}

function butterflies(real: Float64Array, imaginary: Float64Array, block: number, cos: Float64Array, sin: Float64Array): void {
  const span = cos.length;
  for (let k = 0; k < span; k += 1) {
    const low = block + k;
    const high = low + span;
    const c = cos[k] as number;
    const s = sin[k] as number;
    const turnedReal = (real[high] as number) * c - (imaginary[high] as number) * s;
    const turnedImaginary = (real[high] as number) * s + (imaginary[high] as number) * c;
    real[high] = (real[low] as number) - turnedReal;
    imaginary[high] = (imaginary[low] as number) - turnedImaginary;
    real[low] = (real[low] as number) + turnedReal;
    imaginary[low] = (imaginary[low] as number) + turnedImaginary;
  }
}

function sortByReversedBits(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  let reversed = 0;
  for (let at = 1; at < size; at += 1) {
    let bit = size >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (at >= reversed) continue;
    for (const values of [real, imaginary]) {
      const held = values[at] as number;
      values[at] = values[reversed] as number;
      values[reversed] = held;
    }
  }
}
