import { lengthOf, segmentsOf, withEdit } from './edit.ts';
import type { AppliedEdit } from './edit.ts';
import type { Decoded } from './journal-format.ts';
import type { JournalEntry, OpenedTake, Splice, TakeHeader, TakePart, TakeRecord, TakeState, TakeSummary } from './journal.ts';

/** A take as its entries tell it. `size` is that of the file; what is not whole counts as torn. */
export function viewTake(header: TakeHeader, decoded: Decoded, size: number): TakeRecord {
  const { entries } = decoded;
  const packets = entries.filter((entry) => entry.type === 'packet');
  return {
    ...header,
    ...decisionOf(header, entries),
    packets: packets.map((packet) => packet.bytes),
    peaks: Uint8Array.from(packets, (packet) => packet.peak),
    parts: partsOf(entries),
    ...marksOf(entries),
    torn: size - decoded.whole,
  };
}

export function summarize(record: TakeRecord): TakeSummary {
  const { take, conversation, started, state, changed, edits, packets } = record;
  return { take, conversation, started, state, changed, packets: lengthOf(segmentsOf(edits, packets.length)) };
}

/** What is held of a take while it is recorded. */
export function outline({ packets, peaks, ...rest }: TakeRecord): OpenedTake {
  return { ...rest, peaks: peaks.slice(), packets: packets.length };
}

/** The last decision counts. */
function decisionOf(header: TakeHeader, entries: readonly JournalEntry[]): { state: TakeState; changed: number } {
  const last = entries.findLast((entry) => entry.type === 'state');
  return { state: last?.state ?? 'open', changed: last?.at ?? header.started };
}

function marksOf(entries: readonly JournalEntry[]): { splices: readonly Splice[]; edits: readonly AppliedEdit[] } {
  const splices: Splice[] = [];
  let edits: readonly AppliedEdit[] = [];
  let packet = 0;
  for (const entry of entries) {
    if (entry.type === 'packet') packet += 1;
    else if (entry.type === 'splice') splices.push({ packet, gap: entry.gap, why: entry.why });
    else if (entry.type === 'edit') edits = withEdit(edits, entry.edit, packet);
  }
  return { splices, edits };
}

function partsOf(entries: readonly JournalEntry[]): TakePart[] {
  const parts: TakePart[] = [];
  let packet = 0;
  for (const entry of entries) {
    const last = parts.at(-1);
    if (entry.type === 'packet') packet += 1;
    else if (entry.type === 'part') parts.push({ packet, preSkip: entry.preSkip, padding: 0, microphone: entry.microphone });
    else if (entry.type === 'end' && last !== undefined) parts[parts.length - 1] = { ...last, padding: entry.padding };
  }
  // A part in which no packet was written has left nothing to decode.
  return parts.filter((part, index) => part.packet < (parts[index + 1]?.packet ?? packet));
}
