/** The checksum of Ogg pages: CRC-32 with polynomial 0x04c11db7, not reflected, starting at 0, not inverted. */

const POLYNOMIAL = 0x04c11db7;
const TABLE = makeTable();

/**
 * Four tables of 256 entries, so that four bytes are folded per step: entry [k * 256 + b] is the effect of byte b when k
 * more bytes follow it.
 */
function makeTable(): Uint32Array {
  const table = new Uint32Array(4 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value < 0 ? POLYNOMIAL : 0);
    table[byte] = value >>> 0;
  }
  for (let entry = 256; entry < table.length; entry += 1) {
    const shorter = table[entry - 256] as number;
    table[entry] = ((shorter << 8) ^ (table[shorter >>> 24] as number)) >>> 0;
  }
  return table;
}

/** Continues `crc` over `bytes` from `start` to `end`. Begin with 0. */
export function oggCrc(bytes: Uint8Array, crc = 0, start = 0, end = bytes.length): number {
  let value = crc | 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    value ^= (a << 24) | (b << 16) | (c << 8) | d;
    value = (TABLE[768 + (value >>> 24)] as number) ^ (TABLE[512 + ((value >>> 16) & 0xff)] as number)
      ^ (TABLE[256 + ((value >>> 8) & 0xff)] as number) ^ (TABLE[value & 0xff] as number);
  }
  for (; at < end; at += 1) value = (value << 8) ^ (TABLE[(value >>> 24) ^ (bytes[at] as number)] as number);
  return value >>> 0;
}
