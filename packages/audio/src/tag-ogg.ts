import { AudioError } from './audio-error.ts';
import { OggOpusWriter } from './ogg-opus.ts';

/** Bytes of a page before its lacing table; their last says how long that is. */
const PAGE_HEADER = 27;
/** Where the pre-skip stands in the packet `OpusHead`. */
const PRE_SKIP = 10;

/** The canonical file of a message (see `ogg-opus.ts`) with tags: its pages of sound stay the very bytes. Throws `AudioError` for tags that take more than a page. */
export function tagOggOpus(ogg: Uint8Array, tags: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const view = new DataView(ogg.buffer, ogg.byteOffset, ogg.length);
  const first = pageEnd(ogg, 0);
  const preSkip = view.getUint16(PAGE_HEADER + 1 + PRE_SKIP, true);
  const head = new OggOpusWriter({ preSkip, tags }).head();
  // The pages are numbered: one more before the sound would change them all.
  if (head.length !== 2) throw new AudioError('unsupported', 'tags', 'The tags take more than a page.');
  const parts = [...head, ogg.subarray(pageEnd(ogg, first))];
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function pageEnd(ogg: Uint8Array, start: number): number {
  const lacing = ogg.subarray(start + PAGE_HEADER, start + PAGE_HEADER + (ogg[start + PAGE_HEADER - 1] ?? 0));
  return start + PAGE_HEADER + lacing.length + lacing.reduce((sum, length) => sum + length, 0);
}
