import { OPUS_RATE } from '../opus-packet.ts';

/** The first byte of a packet with one CELT frame of 20 ms at full band: any bytes after it are a valid packet. */
const ONE_FRAME_OF_20_MS = 31 << 3;

/** Valid packets of 20 ms with made-up content, of `sizes` bytes each (1 to 1276). They need not decode to anything. */
export function fakePackets(sizes: readonly number[]): Uint8Array<ArrayBuffer>[] {
  let value = 1;
  return sizes.map((size) => {
    const packet = new Uint8Array(size);
    for (let at = 0; at < size; at += 1) {
      value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
      packet[at] = value >>> 16;
    }
    packet[0] = ONE_FRAME_OF_20_MS;
    return packet;
  });
}

/** `seconds` of a pure tone at half of full scale. */
export function tone(frequency: number, seconds: number, rate = OPUS_RATE): Float32Array<ArrayBuffer> {
  const length = Math.round(seconds * rate);
  return Float32Array.from({ length }, (_, at) => 0.5 * Math.sin((2 * Math.PI * frequency * at) / rate));
}
