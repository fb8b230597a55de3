/** The power spectrum of one frame, with a Hann window. Made once for a frame size; nothing is allocated afterwards. */
export class Spectrum {
  readonly #rate: number;
  readonly #size: number;
  readonly #weights: Float64Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint16Array;
  readonly #scale: number;

  /** `frameSamples` at most 32,768; `rate` in Hz. */
  constructor(frameSamples: number, rate: number) {
    const bits = Math.ceil(Math.log2(frameSamples));
    this.#rate = rate;
    this.#size = 2 ** bits;
    this.#real = new Float64Array(this.#size);
    this.#imaginary = new Float64Array(this.#size);
    this.#weights = Float64Array.from({ length: frameSamples }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / frameSamples));
    this.#cos = Float64Array.from({ length: this.#size / 2 }, (_, at) => Math.cos((2 * Math.PI * at) / this.#size));
    this.#sin = Float64Array.from({ length: this.#size / 2 }, (_, at) => -Math.sin((2 * Math.PI * at) / this.#size));
    this.#reversed = Uint16Array.from({ length: this.#size }, (_, at) => reverseBits(at, bits));
    // So that the bands of a frame add up to the mean of its squares.
    this.#scale = 2 / (this.#size * this.#weights.reduce((sum, weight) => sum + weight * weight, 0));
  }

  /** Takes in a frame; the bands that are asked for afterwards are those of it. */
  read(frame: Float32Array): void {
    this.#imaginary.fill(0);
    for (let at = 0; at < this.#size; at += 1) {
      const value = at < this.#weights.length ? (frame[at] as number) * (this.#weights[at] as number) : 0;
      this.#real[this.#reversed[at] as number] = value;
    }
    for (let span = 1; span < this.#size; span *= 2) this.#pass(span);
  }

  /** Mean square of what lies between two frequencies in Hz; 0 where the rate has no such. */
  power(from: number, to: number): number {
    const first = Math.ceil((from * this.#size) / this.#rate);
    const end = Math.min(this.#size / 2, Math.ceil((to * this.#size) / this.#rate));
    let sum = 0;
    for (let bin = first; bin < end; bin += 1) {
      const real = this.#real[bin] as number;
      const imaginary = this.#imaginary[bin] as number;
      sum += real * real + imaginary * imaginary;
    }
    return sum * this.#scale;
  }

  #pass(span: number): void {
    const [real, imaginary] = [this.#real, this.#imaginary];
    const stride = this.#size / (2 * span);
    for (let block = 0; block < this.#size; block += 2 * span) {
      for (let k = 0; k < span; k += 1) {
        const cos = this.#cos[k * stride] as number;
        const sin = this.#sin[k * stride] as number;
        const low = block + k;
        const high = low + span;
        const highReal = real[high] as number;
        const highImaginary = imaginary[high] as number;
        const turnedReal = highReal * cos - highImaginary * sin;
        const turnedImaginary = highReal * sin + highImaginary * cos;
        real[high] = (real[low] as number) - turnedReal;
        imaginary[high] = (imaginary[low] as number) - turnedImaginary;
        real[low] = (real[low] as number) + turnedReal;
        imaginary[low] = (imaginary[low] as number) + turnedImaginary;
      }
    }
  }
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit += 1) if (value & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
  return reversed;
}
