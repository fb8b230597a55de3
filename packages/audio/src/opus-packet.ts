/** What the first bytes of an Opus packet say about it (RFC 6716, section 3). */

/** Opus counts time at 48 kHz, whatever rate was recorded. */
export const OPUS_RATE = 48_000;

/** 120 ms, the longest a packet may last. */
export const MAX_PACKET_SAMPLES = 5_760;

/** One frame of one packet, in bytes. */
export const MAX_FRAME_BYTES = 1_275;

/**
 * 48 frames of 1275 bytes with their lengths, rounded up; what RFC 7845 asks readers to accept. It also fits one Ogg page,
 * so that our own pages never need to split a packet.
 */
export const MAX_PACKET_BYTES = 61_440;

/** SILK-only has four durations, hybrid two, CELT-only four; in samples at 48 kHz. */
const SILK = [480, 960, 1920, 2880] as const;
const HYBRID = [480, 960] as const;
const CELT = [120, 240, 480, 960] as const;

/** Samples at 48 kHz in each frame of a packet that begins with this byte. */
export function frameSamples(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return SILK[(config & 3) as 0 | 1 | 2 | 3];
  if (config < 16) return HYBRID[(config & 1) as 0 | 1];
  return CELT[(config & 3) as 0 | 1 | 2 | 3];
}

/** Frames in a packet, or 0 where the packet is too short to say so. */
export function frameCount(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const code = toc & 3;
  if (code === 0) return 1;
  if (code < 3) return 2;
  return (packet[1] ?? 0) & 63;
}

/** How long a packet lasts, in samples at 48 kHz; 0 for a packet that is not valid in this respect. */
export function packetSamples(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const samples = frameSamples(toc) * frameCount(packet);
  return samples <= MAX_PACKET_SAMPLES ? samples : 0;
}

/** How long packets last together, in samples at 48 kHz; what is played is that less the pre-skip. */
export function samplesOf(packets: Iterable<Uint8Array>): number {
  let samples = 0;
  for (const packet of packets) samples += packetSamples(packet);
  return samples;
}

/** Whether the packet was coded with two channels. A decoder opened for one channel mixes them. */
export function isStereoPacket(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & 4) !== 0;
}

/** A frame's length takes one byte up to 251, two above: [bytes taken, length]. */
function frameLength(packet: Uint8Array, at: number): readonly [number, number] | null {
  const first = packet[at];
  if (first === undefined) return null;
  if (first < 252) return [1, first];
  const second = packet[at + 1];
  return second === undefined ? null : [2, second * 4 + first];
}

/** Whether the framing of a packet holds together (the requirements R1 to R7 of RFC 6716, section 3.4). */
export function isValidPacket(packet: Uint8Array): boolean {
  const toc = packet[0];
  if (toc === undefined || packet.length > MAX_PACKET_BYTES || packetSamples(packet) === 0) return false;
  switch (toc & 3) {
    case 0: return packet.length - 1 <= MAX_FRAME_BYTES;
    case 1: return (packet.length - 1) % 2 === 0 && (packet.length - 1) / 2 <= MAX_FRAME_BYTES;
    case 2: return holdsTwoFrames(packet);
    default: return holdsCountedFrames(packet);
  }
}

function holdsTwoFrames(packet: Uint8Array): boolean {
  const length = frameLength(packet, 1);
  if (length === null) return false;
  const second = packet.length - 1 - length[0] - length[1];
  return second >= 0 && second <= MAX_FRAME_BYTES;
}

function holdsCountedFrames(packet: Uint8Array): boolean {
  const count = frameCount(packet);
  const flags = packet[1] ?? 0;
  const padding = (flags & 0x40) !== 0 ? paddingOf(packet) : { header: 0, bytes: 0 };
  if (padding === null) return false;
  let at = 2 + padding.header;
  let left = packet.length - at - padding.bytes;
  if (left < 0) return false;
  if ((flags & 0x80) === 0) return left % count === 0 && left / count <= MAX_FRAME_BYTES;
  for (let frame = 1; frame < count; frame += 1) {
    const length = frameLength(packet, at);
    if (length === null) return false;
    at += length[0];
    left -= length[0] + length[1];
    if (left < 0) return false;
  }
  return left <= MAX_FRAME_BYTES;
}

/** Padding is told in a chain of bytes: 255 means 254 and another byte. */
function paddingOf(packet: Uint8Array): { header: number; bytes: number } | null {
  let bytes = 0;
  for (let header = 1; ; header += 1) {
    const byte = packet[1 + header];
    if (byte === undefined) return null;
    if (byte < 255) return { header, bytes: bytes + byte };
    bytes += 254;
  }
}
