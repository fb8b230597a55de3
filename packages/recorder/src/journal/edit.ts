import type { TakePart, TakeRecord } from './journal.ts';

/**
 * Editing a draft without decoding it. What was recorded stays in the journal as it is; an edit is one more entry, and the take that
 * one hears is what the entries make of the packets, one after the other. So every edit can be taken back, in the order in which
 * they were made, and recording can go on in between.
 *
 * Positions are packets (20 ms) of the take as it is heard just before the edit.
 *
 * - `cut`: what lies from `from` up to, and not including, `to` is not heard.
 * - `pause`: a silence of so many packets, before packet `at`.
 * - `undo`: the last edit that holds is taken back.
 */
export type Edit =
  | { readonly kind: 'cut'; readonly from: number; readonly to: number }
  | { readonly kind: 'pause'; readonly at: number; readonly packets: number }
  | { readonly kind: 'undo' };

/** An edit that holds, and how many packets had been recorded when it was made. */
export interface AppliedEdit {
  readonly recorded: number;
  readonly edit: Exclude<Edit, { kind: 'undo' }>;
}

/** 0.8 s: what a full stop is in speech. */
export const PAUSE_PACKETS = 40;

/** 20 ms in which nothing sounds: a frame for all decoders, in the mode that needs no past (full band, one channel). */
export const SILENT_PACKET = Uint8Array.of(0xf8, 0xff, 0xfe);

/** A stretch of what is heard: recorded packets from `from` up to `to`, or a silence. */
export type Segment = { readonly type: 'recorded'; readonly from: number; readonly to: number } | { readonly type: 'silence'; readonly packets: number };

export interface EditedPart extends TakePart {
  /** Number of the recorded part, and of the first of its packets that is heard; null for a silence. */
  readonly source: { readonly part: number; readonly from: number } | null;
  /** All of the recorded part, as it was recorded: what travelled of it stays right. */
  readonly untouched: boolean;
}

/** What a record says of itself, without its packets. */
export type TakeOutline = Pick<TakeRecord, 'parts' | 'edits'> & { readonly recorded: number };

export interface EditedTake extends TakeRecord {
  readonly parts: readonly EditedPart[];
}

/** The edits that hold once `edit` was made as well. One that is out of place is ignored: what is heard must never depend on a damaged number. */
export function withEdit(edits: readonly AppliedEdit[], edit: Edit, recorded: number): readonly AppliedEdit[] {
  if (edit.kind === 'undo') return edits.slice(0, -1);
  return fits(edit, lengthOf(segmentsOf(edits, recorded))) ? [...edits, { recorded, edit }] : edits;
}

/** Whether the edit changes anything in a take that is so long. */
export function fits(edit: Exclude<Edit, { kind: 'undo' }>, length: number): boolean {
  if (edit.kind === 'cut') return isPlace(edit.from, length) && isPlace(edit.to, length) && edit.from < edit.to;
  return isPlace(edit.at, length) && Number.isInteger(edit.packets) && edit.packets > 0;
}

/** What is heard, in order, of so many recorded packets. */
export function segmentsOf(edits: readonly AppliedEdit[], recorded: number): readonly Segment[] {
  let segments: readonly Segment[] = [];
  let told = 0;
  for (const { recorded: by, edit } of edits) {
    segments = applied(grown(segments, told, by), edit);
    told = by;
  }
  return grown(segments, told, recorded);
}

export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + sizeOf(segment), 0);
}

/** The parts of what is heard. A part begins wherever recorded packets do not follow one another, and where a recorded part begins. */
export function partsHeard({ parts, edits, recorded }: TakeOutline): readonly EditedPart[] {
  const heard: EditedPart[] = [];
  let packet = 0;
  for (const segment of segmentsOf(edits, recorded)) {
    if (segment.type === 'silence') heard.push({ packet, preSkip: 0, padding: 0, microphone: '', source: null, untouched: false });
    else heard.push(...recordedParts(parts, segment, recorded, packet));
    packet += sizeOf(segment);
  }
  return heard;
}

/** The take as it is heard. Packets are those of the journal, none is made anew. */
export function editedTake(record: TakeRecord): EditedTake {
  const segments = segmentsOf(record.edits, record.packets.length);
  return {
    ...record,
    parts: partsHeard({ parts: record.parts, edits: record.edits, recorded: record.packets.length }),
    packets: segments.flatMap((segment) =>
      segment.type === 'silence' ? Array.from({ length: segment.packets }, () => SILENT_PACKET) : record.packets.slice(segment.from, segment.to)),
    peaks: peaksHeard(segments, record.peaks),
  };
}

export function peaksHeard(segments: readonly Segment[], recorded: Uint8Array): Uint8Array<ArrayBuffer> {
  const peaks = new Uint8Array(lengthOf(segments));
  let at = 0;
  for (const segment of segments) {
    if (segment.type === 'recorded') peaks.set(recorded.subarray(segment.from, segment.to), at);
    at += sizeOf(segment);
  }
  return peaks;
}

function isPlace(place: number, length: number): boolean {
  return Number.isInteger(place) && place >= 0 && place <= length;
}

function sizeOf(segment: Segment): number {
  return segment.type === 'silence' ? segment.packets : segment.to - segment.from;
}

/** With what was recorded meanwhile. */
function grown(segments: readonly Segment[], from: number, to: number): readonly Segment[] {
  if (to <= from) return segments;
  const last = segments.at(-1);
  if (last?.type === 'recorded' && last.to === from) return [...segments.slice(0, -1), { ...last, to }];
  return [...segments, { type: 'recorded', from, to }];
}

function applied(segments: readonly Segment[], edit: AppliedEdit['edit']): readonly Segment[] {
  if (edit.kind === 'cut') return [...slice(segments, 0, edit.from), ...slice(segments, edit.to, Number.POSITIVE_INFINITY)];
  return [...slice(segments, 0, edit.at), { type: 'silence', packets: edit.packets }, ...slice(segments, edit.at, Number.POSITIVE_INFINITY)];
}

function slice(segments: readonly Segment[], from: number, to: number): Segment[] {
  const found: Segment[] = [];
  let at = 0;
  for (const segment of segments) {
    const size = sizeOf(segment);
    const [first, behind] = [Math.max(0, from - at), Math.min(size, to - at)];
    at += size;
    if (first >= behind) continue;
    found.push(segment.type === 'silence' ? { type: 'silence', packets: behind - first } : { type: 'recorded', from: segment.from + first, to: segment.from + behind });
  }
  return found;
}

function recordedParts(parts: readonly TakePart[], { from, to }: { from: number; to: number }, recorded: number, at: number): EditedPart[] {
  return parts.flatMap((part, index) => {
    const end = parts[index + 1]?.packet ?? recorded;
    const [first, behind] = [Math.max(from, part.packet), Math.min(to, end)];
    if (first >= behind) return [];
    const whole = first === part.packet && behind === end;
    const source = { part: index, from: first };
    return [{ ...part, packet: at + first - from, padding: behind === end ? part.padding : 0, source, untouched: whole }];
  });
}
