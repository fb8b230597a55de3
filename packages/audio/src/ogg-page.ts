import { oggCrc } from './ogg-crc.ts';

/**
 * One page of an Ogg stream (RFC 3533, section 6).
 *
 *     0  'OggS' | 4 version 0 | 5 flags | 6 granule position (8) | 14 serial (4) | 18 sequence (4) | 22 checksum (4)
 *     26 count of lacing values | 27 lacing values | body
 *
 * Numbers are little-endian. A packet is cut in segments of 255 bytes; the first shorter one, of 0 bytes if need be, ends it.
 */
export type OggPage = {
  readonly serial: number;
  readonly sequence: number;
  /** Samples up to the end of the last packet that ends on this page; -1 where none does. */
  readonly granule: number;
  /** The first segment goes on with a packet of the page before. */
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
};

const CAPTURE = [0x4f, 0x67, 0x67, 0x53] as const; // 'OggS'
const HEADER_BYTES = 27;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;
export const MAX_SEGMENTS = 255;
/** 27 + 255 + 255 * 255. */
export const MAX_PAGE_BYTES = 65_307;

/** The bytes of a page, checksum included. */
export function encodePage(page: OggPage): Uint8Array<ArrayBuffer> {
  const size = HEADER_BYTES + page.lacing.length + page.body.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(CAPTURE);
  bytes[5] = (page.continued ? CONTINUED : 0) | (page.first ? FIRST : 0) | (page.last ? LAST : 0);
  view.setBigInt64(6, BigInt(page.granule), true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  bytes[26] = page.lacing.length;
  bytes.set(page.lacing, HEADER_BYTES);
  bytes.set(page.body, HEADER_BYTES + page.lacing.length);
  view.setUint32(22, oggCrc(bytes), true);
  return bytes;
}

/** Why no page could be read: more bytes are `wanted`, or what stands there is none. */
export type PageFault = 'capture' | 'version' | 'checksum' | 'granule';
export type PageReading =
  | { readonly kind: 'page'; readonly page: OggPage; readonly size: number }
  | { readonly kind: 'short'; readonly wanted: number }
  | { readonly kind: 'bad'; readonly fault: PageFault };

/** Reads the page at `at`. Lacing and body are views into `bytes`. */
export function decodePage(bytes: Uint8Array, at = 0): PageReading {
  for (const [index, byte] of CAPTURE.entries()) {
    const seen = bytes[at + index];
    if (seen !== undefined && seen !== byte) return { kind: 'bad', fault: 'capture' };
  }
  const segments = bytes[at + 26];
  if (segments === undefined) return { kind: 'short', wanted: HEADER_BYTES };
  if (bytes[at + 4] !== 0) return { kind: 'bad', fault: 'version' };
  const bodyAt = at + HEADER_BYTES + segments;
  if (bodyAt > bytes.length) return { kind: 'short', wanted: bodyAt - at };
  const lacing = bytes.subarray(at + HEADER_BYTES, bodyAt);
  const end = bodyAt + lacing.reduce((sum, length) => sum + length, 0);
  if (end > bytes.length) return { kind: 'short', wanted: end - at };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  if (view.getUint32(22, true) !== checksum(bytes, at, end)) return { kind: 'bad', fault: 'checksum' };
  const granule = Number(view.getBigInt64(6, true));
  if (!Number.isSafeInteger(granule)) return { kind: 'bad', fault: 'granule' };
  const flags = view.getUint8(5);
  const page = {
    serial: view.getUint32(14, true), sequence: view.getUint32(18, true), granule,
    continued: (flags & CONTINUED) !== 0, first: (flags & FIRST) !== 0, last: (flags & LAST) !== 0,
    lacing, body: bytes.subarray(bodyAt, end),
  };
  return { kind: 'page', page, size: end - at };
}

const NO_CHECKSUM = new Uint8Array(4);

/** The checksum is taken with its own four bytes as zeros. */
function checksum(bytes: Uint8Array, start: number, end: number): number {
  return oggCrc(bytes, oggCrc(NO_CHECKSUM, oggCrc(bytes, 0, start, start + 22)), start + 26, end);
}
