import type { Id } from '@earshot/base/ids.ts';
import type { MessageRow } from '../replica/row.ts';

/** So many numbers of a log share a block: few enough to be written anew with each message, enough to look through many at once. */
export const BLOCK_NUMBERS = 256;

/** What is looked through of the messages of a log whose numbers share a block. */
export type Block = {
  readonly people: readonly Id[];
  /** A record for each message, in the order of their numbers; see `writeRecord`. */
  readonly records: Uint8Array<ArrayBuffer>;
  /** By number: what a message can be found by, folded. */
  readonly words: { readonly [seq: string]: string };
};

/** One message as a block has it. */
export interface Found {
  readonly seq: number;
  /** Server time, milliseconds. */
  readonly at: number;
  readonly person: Id;
  readonly seconds: number;
  /** Sealed bytes of all its parts. */
  readonly bytes: number;
  readonly heard: boolean;
  /** Whether its bytes are on this device. */
  readonly here: boolean;
  /** Somebody stopped the clock of it. */
  readonly kept: boolean;
  /** It was let go for good, and brought back by name. */
  readonly byName: boolean;
  readonly words: string;
}

export const emptyBlock: Block = { people: [], records: new Uint8Array(), words: {} };

/** number (4), time (8), hundredths of seconds (4), bytes (4), place of the person in `people` (2), flags (2) */
const RECORD_BYTES = 24;
const HEARD = 1;
const HERE = 2;
const KEPT = 4;
const BY_NAME = 8;
const LARGEST = 0xffff_ffff;

export function* recordsOf({ people, records, words }: Block): Generator<Found, void, void> {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const [seq, flags] = [view.getUint32(at), view.getUint16(at + 22)];
    yield {
      seq, at: view.getFloat64(at + 4), seconds: view.getUint32(at + 12) / 100, bytes: view.getUint32(at + 16), person: people[view.getUint16(at + 20)] ?? '',
      heard: (flags & HEARD) !== 0, here: (flags & HERE) !== 0, kept: (flags & KEPT) !== 0, byName: (flags & BY_NAME) !== 0, words: words[seq] ?? '',
    };
  }
}

export function packBlock(found: Iterable<Found>): Block {
  const sorted = [...found].sort((one, other) => one.seq - other.seq);
  const people = [...new Set(sorted.map(({ person }) => person))];
  const records = new Uint8Array(sorted.length * RECORD_BYTES);
  const view = new DataView(records.buffer);
  for (const [place, { seq, at, seconds, bytes, person, heard, here, kept, byName }] of sorted.entries()) {
    const offset = place * RECORD_BYTES;
    view.setUint32(offset, seq);
    view.setFloat64(offset + 4, at);
    view.setUint32(offset + 12, Math.min(LARGEST, Math.round(seconds * 100)));
    view.setUint32(offset + 16, Math.min(LARGEST, bytes));
    view.setUint16(offset + 20, people.indexOf(person));
    view.setUint16(offset + 22, (heard ? HEARD : 0) | (here ? HERE : 0) | (kept ? KEPT : 0) | (byName ? BY_NAME : 0));
  }
  return { people, records, words: Object.fromEntries(sorted.flatMap(({ seq, words }) => (words === '' ? [] : [[seq, words]]))) };
}

/** A message as it can be found; null when nothing of it can be heard any more, or not yet. */
export function foundOf({ seq, at, person, content, blobs, heard, here, keep, removed, hidden, byName, words = '' }: MessageRow): Found | null {
  if (content === null || removed !== null || hidden !== undefined) return null;
  const bytes = blobs.reduce((sum, { length }) => sum + length, 0);
  return { seq, at, person, seconds: content.samples / 48_000, bytes, heard, here, kept: keep !== undefined, byName: byName === true, words: fold(`${content.fileName ?? ''} ${words}`) };
}

/** Letters that look the same and differ only in case or form are the same word. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}
