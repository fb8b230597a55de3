/**
 * Samples as the outside gives them, made safe for 16 bits: full scale is 1, anything beyond it is clamped (browsers'
 * gain control overshoots), and what is no number is silence.
 */
export function toInt16(samples: Float32Array, into = new Int16Array(samples.length)): Int16Array {
  for (let at = 0; at < samples.length; at += 1) {
    const scaled = Math.round((samples[at] as number) * 32_768);
    into[at] = scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled; // NaN is stored as 0
  }
  return into;
}

export function fromInt16(numbers: Int16Array): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(numbers.length);
  for (let at = 0; at < numbers.length; at += 1) samples[at] = (numbers[at] as number) / 32_768;
  return samples;
}
