import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import { crc32 } from './crc32.ts';
import type { Edit } from './edit.ts';
import type { JournalEntry, TakeHeader, TakeState } from './journal.ts';

/**
 * The bytes of a take on disk: entries one behind the other, the first of which is the header.
 *
 *     length (4, little-endian) | type (1) | checksum (4, little-endian) | content (length)
 *
 * The checksum covers length, type and content, and goes on from the checksum of the entry before. So an entry proves all
 * entries before it: bytes that a file system left from earlier content, or put in the wrong place, do not pass even where they
 * were whole entries once. Zeros never pass: there is no type 0.
 *
 * Reading stops at the first entry that is torn or does not check. An entry that checks but is of a type unknown here was written
 * by a newer version: it is stepped over and kept.
 */
export const JOURNAL_VERSION = 1;

export const ENTRY_OVERHEAD = 9;

/** Bytes of content of one entry; the largest Opus packet has 61,440. Guards against believing a damaged length. */
export const MAX_ENTRY_BYTES = 65_536;

const HEADER = 1;
const PACKET = 2;
const PART = 3;
const END = 4;
const STATE = 5;
const SPLICE = 6;
const EDIT = 7;
const CHECKPOINT = 8;

const STATES: readonly TakeState[] = ['open', 'sent', 'discarded'];

/** Where writing stands: the checksum of the last entry. Every entry written or read moves it on. */
export type Chain = number;
export const CHAIN_START: Chain = 0;

/** Stands for all entries before it, so that a list of takes needs only the end of each file. */
export interface Checkpoint {
  /** Recorded, and heard after all edits. */
  readonly packets: number;
  readonly heard: number;
  readonly state: TakeState;
  readonly changed: number;
}

/** Begins the content of a checkpoint: what is found from behind must be told from sound that looks like it. */
const MARK = Uint8Array.of(0xe5, 0x0e, 0x43, 0x68, 0x65, 0x63, 0x6b, 0x31);
/** Mark, checksum of the entry before, place in the file. */
const CHECKPOINT_HEAD = MARK.length + 12;

export interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly chain: Chain;
}

export interface Decoded {
  /** Null where not even the header is whole. */
  readonly header: TakeHeader | null;
  readonly entries: readonly JournalEntry[];
  readonly chain: Chain;
  /** Bytes up to and including the last whole entry. */
  readonly whole: number;
}

export function encodeHeader(header: TakeHeader): Encoded {
  const { take, conversation, started } = header;
  const text = utf8(JSON.stringify({ version: JOURNAL_VERSION, take, conversation, started }));
  return seal([[HEADER, text]], CHAIN_START);
}

export function encodeEntries(entries: readonly JournalEntry[], chain: Chain): Encoded {
  return seal(entries.map((entry) => [typeOf(entry), contentOf(entry)] as const), chain);
}

/** A checkpoint that will stand at byte `at`. */
export function encodeCheckpoint(checkpoint: Checkpoint, chain: Chain, at: number): Encoded {
  const { packets, heard, state, changed } = checkpoint;
  const content = withNumbers(CHECKPOINT_HEAD, utf8(JSON.stringify({ packets, heard, state, changed })), (view) => {
    MARK.forEach((byte, index) => view.setUint8(index, byte));
    view.setUint32(MARK.length, chain, true);
    view.setFloat64(MARK.length + 4, at, true);
  });
  return seal([[CHECKPOINT, content]], chain);
}

/** The header at the beginning of a file, of which `bytes` are the first ones; null where it is not whole. */
export function decodeHeader(bytes: Uint8Array): TakeHeader | null {
  const first = nextEntry(bytes, 0, CHAIN_START);
  return first === null ? null : readHeader(first);
}

/**
 * The last checkpoint in the end of a file, which begins at byte `from` of it, and the whole entries behind it. Null where there is
 * none: the file has to be read from its beginning.
 */
export function decodeEnd(bytes: Uint8Array, from: number): { readonly checkpoint: Checkpoint; readonly entries: readonly JournalEntry[] } | null {
  for (let at = bytes.length - CHECKPOINT_HEAD - ENTRY_OVERHEAD; at >= 0; at -= 1) {
    if (bytes[at + 4] !== CHECKPOINT || !MARK.every((byte, index) => bytes[at + ENTRY_OVERHEAD + index] === byte)) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + ENTRY_OVERHEAD + MARK.length, 12);
    const entry = view.getFloat64(4, true) === from + at ? nextEntry(bytes, at, view.getUint32(0, true)) : null;
    if (entry === null) continue;
    const checkpoint = JSON.parse(fromUtf8(entry.content.subarray(CHECKPOINT_HEAD))) as Checkpoint;
    return { checkpoint, entries: decodeEntries(bytes, at + ENTRY_OVERHEAD + entry.content.length, entry.chain).entries };
  }
  return null;
}

/** Reads whatever is whole. Packets are views into `bytes`. Never throws for what stands in the bytes. */
export function decodeJournal(bytes: Uint8Array): Decoded {
  const first = nextEntry(bytes, 0, CHAIN_START);
  const header = first === null ? null : readHeader(first);
  if (first === null || header === null) return { header: null, entries: [], chain: CHAIN_START, whole: 0 };
  return { header, ...decodeEntries(bytes, ENTRY_OVERHEAD + first.content.length, first.chain) };
}

function decodeEntries(bytes: Uint8Array, from: number, before: Chain): Omit<Decoded, 'header'> {
  const entries: JournalEntry[] = [];
  let chain = before;
  let at = from;
  for (;;) {
    const next = nextEntry(bytes, at, chain);
    const entry = next === null ? 'impossible' : readEntry(next);
    if (next === null || entry === 'impossible') return { entries, chain, whole: at };
    if (entry !== 'unknown') entries.push(entry);
    chain = next.chain;
    at += ENTRY_OVERHEAD + next.content.length;
  }
}

interface RawEntry {
  readonly type: number;
  readonly content: Uint8Array;
  readonly chain: Chain;
}

function seal(list: readonly (readonly [number, Uint8Array])[], before: Chain): Encoded {
  const bytes = new Uint8Array(list.reduce((sum, [, content]) => sum + ENTRY_OVERHEAD + content.length, 0));
  const view = new DataView(bytes.buffer);
  let chain = before;
  let at = 0;
  for (const [type, content] of list) {
    if (content.length > MAX_ENTRY_BYTES) throw new RangeError(`an entry of ${content.length} bytes`);
    view.setUint32(at, content.length, true);
    bytes[at + 4] = type;
    chain = crc32(content, crc32(bytes.subarray(at, at + 5), chain));
    view.setUint32(at + 5, chain, true);
    bytes.set(content, at + ENTRY_OVERHEAD);
    at += ENTRY_OVERHEAD + content.length;
  }
  return { bytes, chain };
}

function nextEntry(bytes: Uint8Array, at: number, before: Chain): RawEntry | null {
  if (at + ENTRY_OVERHEAD > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const length = view.getUint32(0, true);
  if (length > MAX_ENTRY_BYTES || at + ENTRY_OVERHEAD + length > bytes.length) return null;
  const content = bytes.subarray(at + ENTRY_OVERHEAD, at + ENTRY_OVERHEAD + length);
  const chain = crc32(content, crc32(bytes.subarray(at, at + 5), before));
  const type = view.getUint8(4);
  return type !== 0 && chain === view.getUint32(5, true) ? { type, content, chain } : null;
}

function typeOf(entry: JournalEntry): number {
  switch (entry.type) {
    case 'packet': return PACKET;
    case 'part': return PART;
    case 'end': return END;
    case 'state': return STATE;
    case 'splice': return SPLICE;
    case 'edit': return EDIT;
  }
}

function contentOf(entry: JournalEntry): Uint8Array {
  switch (entry.type) {
    case 'packet': return withNumbers(1, entry.bytes, (view) => view.setUint8(0, entry.peak));
    case 'part': return withNumbers(2, utf8(entry.microphone.slice(0, 1_000)), (view) => view.setUint16(0, entry.preSkip, true));
    case 'end': return withNumbers(2, new Uint8Array(0), (view) => view.setUint16(0, entry.padding, true));
    case 'state': return withNumbers(9, new Uint8Array(0), (view) => {
      view.setUint8(0, STATES.indexOf(entry.state));
      view.setFloat64(1, entry.at, true);
    });
    case 'splice': return withNumbers(4, utf8(entry.why), (view) => view.setUint32(0, entry.gap, true));
    case 'edit': return utf8(JSON.stringify(entry.edit));
  }
}

function withNumbers(size: number, rest: Uint8Array, write: (view: DataView) => void): Uint8Array {
  const content = new Uint8Array(size + rest.length);
  write(new DataView(content.buffer));
  content.set(rest, size);
  return content;
}

/** Null for a first entry that is no header, or one of a version whose bytes we cannot know. */
function readHeader({ type, content }: RawEntry): TakeHeader | null {
  if (type !== HEADER) return null;
  const { version, take, conversation, started } = JSON.parse(fromUtf8(content)) as Record<string, unknown>;
  const known = version === JOURNAL_VERSION && typeof take === 'string' && typeof conversation === 'string' && typeof started === 'number';
  return known ? { take, conversation, started } : null;
}

function readEntry({ type, content }: RawEntry): JournalEntry | 'unknown' | 'impossible' {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  switch (type) {
    case PACKET:
      return content.length < 2 ? 'impossible' : { type: 'packet', peak: view.getUint8(0), bytes: content.subarray(1) };
    case PART:
      return content.length < 2 ? 'impossible' : { type: 'part', preSkip: view.getUint16(0, true), microphone: fromUtf8(content.subarray(2)) };
    case END:
      return content.length !== 2 ? 'impossible' : { type: 'end', padding: view.getUint16(0, true) };
    case STATE: {
      const state = content.length === 9 ? STATES[view.getUint8(0)] : undefined;
      return state === undefined ? 'impossible' : { type: 'state', state, at: view.getFloat64(1, true) };
    }
    case SPLICE:
      return content.length < 4 ? 'impossible' : { type: 'splice', gap: view.getUint32(0, true), why: fromUtf8(content.subarray(4)) };
    case EDIT:
      return readEdit(fromUtf8(content));
    default:
      return 'unknown';
  }
}

/** An edit of a kind that is unknown here was made by a newer version: what is heard without it is more, never less. */
function readEdit(text: string): JournalEntry | 'unknown' {
  const { kind, from, to, at, packets } = JSON.parse(text) as Record<string, unknown>;
  if (kind === 'undo') return { type: 'edit', edit: { kind } };
  if (kind === 'cut' && typeof from === 'number' && typeof to === 'number') return { type: 'edit', edit: { kind, from, to } satisfies Edit };
  if (kind === 'pause' && typeof at === 'number' && typeof packets === 'number') return { type: 'edit', edit: { kind, at, packets } satisfies Edit };
  return 'unknown';
}
