/**
 * The power spectrum of one frame, with a Hann window. Made once for a frame size; nothing is allocated afterwards. Sound has no
 * imaginary part, so two neighbouring samples are taken for one complex number, which halves the work, and set apart in the end.
 */
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

  /** `frameSamples` even, at most 65,536; `rate` in Hz. */
  constructor(frameSamples: number, rate: number) {
    const bits = Math.ceil(Math.log2(frameSamples));
    this.#rate = rate;
    this.#size = 2 ** bits;
    const half = this.#size / 2;
    this.#real = new Float64Array(half);
    this.#imaginary = new Float64Array(half);
    this.#weights = Float64Array.from({ length: this.#size }, (_, at) => (at < frameSamples ? 0.5 - 0.5 * Math.cos((2 * Math.PI * (at + 0.5)) / frameSamples) : 0));
    this.#cos = Float64Array.from({ length: half }, (_, at) => Math.cos((2 * Math.PI * at) / this.#size));
    this.#sin = Float64Array.from({ length: half }, (_, at) => -Math.sin((2 * Math.PI * at) / this.#size));
    this.#reversed = Uint16Array.from({ length: half }, (_, at) => reverseBits(at, bits - 1));
    // So that the bands of a frame add up to the mean of its squares.
    this.#scale = 2 / (this.#size * this.#weights.reduce((sum, weight) => sum + weight * weight, 0));
  }

  /** Takes in a frame; the bands that are asked for afterwards are those of it. */
  read(frame: Float32Array): void {
    const [real, imaginary, weights, reversed] = [this.#real, this.#imaginary, this.#weights, this.#reversed];
    const pairs = frame.length / 2;
    for (let at = 0; at < reversed.length; at += 1) {
      const to = reversed[at] as number;
      real[to] = at < pairs ? (frame[2 * at] as number) * (weights[2 * at] as number) : 0;
      imaginary[to] = at < pairs ? (frame[2 * at + 1] as number) * (weights[2 * at + 1] as number) : 0;
    }
    for (let span = 1; span < reversed.length; span *= 2) this.#pass(span);
  }

  /** Mean square of what lies between two frequencies in Hz; 0 where the rate has no such. */
  power(from: number, to: number): number {
    const first = Math.ceil((from * this.#size) / this.#rate);
    const end = Math.min(this.#size / 2, Math.ceil((to * this.#size) / this.#rate));
    let sum = 0;
    for (let bin = first; bin < end; bin += 1) sum += this.#square(bin);
    return sum * this.#scale;
  }

  /** Of one line of the spectrum: what the even samples have in it, and the odd ones, half a step later. */
  #square(bin: number): number {
    const [real, imaginary] = [this.#real, this.#imaginary];
    const mirrored = bin === 0 ? 0 : real.length - bin;
    const evenReal = ((real[bin] as number) + (real[mirrored] as number)) / 2;
    const evenImaginary = ((imaginary[bin] as number) - (imaginary[mirrored] as number)) / 2;
    const oddReal = ((imaginary[bin] as number) + (imaginary[mirrored] as number)) / 2;
    const oddImaginary = ((real[mirrored] as number) - (real[bin] as number)) / 2;
    const cos = this.#cos[bin] as number;
    const sin = this.#sin[bin] as number;
    const lineReal = evenReal + oddReal * cos - oddImaginary * sin;
    const lineImaginary = evenImaginary + oddReal * sin + oddImaginary * cos;
    return lineReal * lineReal + lineImaginary * lineImaginary;
  }

  #pass(span: number): void {
    const [real, imaginary, cosines, sines] = [this.#real, this.#imaginary, this.#cos, this.#sin];
    const stride = cosines.length / span;
    for (let block = 0; block < real.length; block += 2 * span) {
      for (let k = 0; k < span; k += 1) {
        const cos = cosines[k * stride] as number;
        const sin = sines[k * stride] as number;
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
