import { AudioError } from './audio-error.ts';
import { MAX_PACKET_BYTES } from './opus-packet.ts';

/**
 * The plain content of a message part: packets one after the other, each behind its length.
 *
 *     length (2 bytes, big-endian) | packet | length | packet | ...
 *
 * There is no header and no end mark, so a part may be cut anywhere and extended anywhere: everything but a torn last packet
 * is whole. A length of 0 is refused: zeros are what a file system leaves behind where data never reached the disk, and must
 * not read as an endless row of empty packets.
 */
export const PACKET_PREFIX_BYTES = 2;

/** Refuses a packet that the stream cannot carry. */
function checkLength(length: number, offset: number): void {
  if (length === 0) throw new AudioError('damaged', 'empty-packet', 'A packet of no bytes stands in the stream.', { offset });
  if (length > MAX_PACKET_BYTES) {
    const evidence = { offset, allowed: MAX_PACKET_BYTES, seen: length };
    throw new AudioError('too-large', 'packet', `A packet of ${length} bytes is over the limit of ${MAX_PACKET_BYTES}.`, evidence);
  }
}

/** The packets in their frames. Throws `AudioError` for an empty packet and for one over `MAX_PACKET_BYTES`. */
export function writePackets(packets: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const list = [...packets];
  const size = list.reduce((sum, packet) => sum + PACKET_PREFIX_BYTES + packet.length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const packet of list) {
    checkLength(packet.length, at);
    bytes[at] = packet.length >> 8;
    bytes[at + 1] = packet.length & 0xff;
    bytes.set(packet, at + PACKET_PREFIX_BYTES);
    at += PACKET_PREFIX_BYTES + packet.length;
  }
  return bytes;
}

/**
 * Every whole packet, as views into `bytes`, and what is left of a torn last one.
 * Throws `AudioError` where a length is impossible; its evidence's `offset` says how many bytes before it are good.
 */
export function readPackets(bytes: Uint8Array): { packets: Uint8Array[]; rest: Uint8Array } {
  const packets: Uint8Array[] = [];
  let at = 0;
  while (at + PACKET_PREFIX_BYTES <= bytes.length) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    checkLength(length, at);
    const end = at + PACKET_PREFIX_BYTES + length;
    if (end > bytes.length) break;
    packets.push(bytes.subarray(at + PACKET_PREFIX_BYTES, end));
    at = end;
  }
  return { packets, rest: bytes.subarray(at) };
}

/** Reads a part while it arrives, in pieces cut anywhere. The packets returned are copies and stay valid. */
export class PacketStreamReader {
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** The packets that `piece` completes. Throws as `readPackets` does, with the offset counted from the first piece. */
  push(piece: Uint8Array): Uint8Array[] {
    const joined = new Uint8Array(this.#rest.length + piece.length);
    joined.set(this.#rest);
    joined.set(piece, this.#rest.length);
    try {
      const { packets, rest } = readPackets(joined);
      this.#offset += joined.length - rest.length;
      this.#rest = rest;
      return packets;
    } catch (error) {
      throw error instanceof AudioError ? this.#fromTheStart(error) : error;
    }
  }

  /** Bytes of a packet that is not complete yet. 0 at the end means that nothing was torn. */
  get pendingBytes(): number {
    return this.#rest.length;
  }

  /** Bytes up to and including the last whole packet. */
  get wholeBytes(): number {
    return this.#offset;
  }

  #fromTheStart(error: AudioError): AudioError {
    const offset = this.#offset + Number(error.evidence['offset']);
    return new AudioError(error.reason, error.detail, error.message, { ...error.evidence, offset });
  }
}
