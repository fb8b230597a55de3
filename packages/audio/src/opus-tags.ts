import { AudioError } from './audio-error.ts';
import { startsWith } from './opus-head.ts';

/** The second packet of an Ogg Opus stream: who made it, and comments `NAME=value` (RFC 7845, section 5.2). */
export type OpusTags = {
  readonly vendor: string;
  readonly comments: readonly (readonly [name: string, value: string])[];
};

const MAGIC = 'OpusTags';

/** Comments are written in the order of their names, so that the same tags are the same bytes. */
export function encodeOpusTags(vendor: string, tags: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const names = Object.keys(tags).sort();
  const texts = [vendor, ...names.map((name) => `${name}=${tags[name] ?? ''}`)].map((text) => encoder.encode(text));
  const size = MAGIC.length + 4 + texts.reduce((sum, text) => sum + 4 + text.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(encoder.encode(MAGIC));
  let at = MAGIC.length;
  for (const [index, text] of texts.entries()) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
    if (index > 0) continue;
    view.setUint32(at, names.length, true);
    at += 4;
  }
  return bytes;
}

/**
 * Reads what can be read: the sound does not depend on the comments, so a list that breaks off ends there without an error.
 * Throws `AudioError` where the packet is no OpusTags at all.
 */
export function decodeOpusTags(packet: Uint8Array): OpusTags {
  if (!startsWith(packet, MAGIC)) {
    throw new AudioError('damaged', 'opus-tags', 'The second packet of the Opus stream is not its tags.');
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const decoder = new TextDecoder();
  let at = MAGIC.length;
  const number = (): number => {
    at += 4;
    return at <= packet.length ? view.getUint32(at - 4, true) : 0;
  };
  const text = (): string => {
    const length = number();
    const start = at;
    at = Math.min(packet.length, at + length);
    return decoder.decode(packet.subarray(start, at));
  };
  const vendor = text();
  const comments: (readonly [string, string])[] = [];
  for (let left = number(); left > 0 && at < packet.length; left -= 1) {
    const comment = text();
    const split = comment.indexOf('=');
    if (split > 0) comments.push([comment.slice(0, split), comment.slice(split + 1)]);
  }
  return { vendor, comments };
}
