import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OpusDecoder } from '@earshot/audio/opus-decoder.ts';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { editedTake, lengthOf, partsHeard, segmentsOf, SILENT_PACKET, withEdit } from './edit.ts';
import type { AppliedEdit, Edit } from './edit.ts';
import type { TakeRecord } from './journal.ts';

const part = (packet: number, padding = 0): TakeRecord['parts'][number] => ({ packet, preSkip: 312, padding, microphone: 'Desk' });

function record(count: number, edits: readonly AppliedEdit[] = []): TakeRecord {
  const packets = Array.from({ length: count }, (_, index) => Uint8Array.of(index & 255, index >> 8));
  return { take: 'take', conversation: 'talk', started: 1, state: 'open', changed: 1, packets, peaks: Uint8Array.from(packets, ([low]) => low ?? 0), parts: [part(0), part(10, 77)], splices: [], edits, torn: 0 };
}

/** Numbers of the packets that are heard; -1 for silence. */
const heard = (take: TakeRecord): number[] => take.packets.map((packet) => (packet === SILENT_PACKET ? -1 : (packet[0] ?? 0) + 256 * (packet[1] ?? 0)));

test('[REC25] a cut from either end leaves the packets between, and names the part it did not touch', () => {
  let edits = withEdit([], { kind: 'cut', from: 0, to: 3 }, 20);
  edits = withEdit(edits, { kind: 'cut', from: 15, to: 17 }, 20);
  const take = editedTake(record(20, edits));
  assert.deepEqual(heard(take), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  assert.deepEqual(take.parts.map(({ packet, untouched, padding, source }) => ({ packet, untouched, padding, source })), [
    { packet: 0, untouched: false, padding: 0, source: { part: 0, from: 3 } }, { packet: 7, untouched: false, padding: 0, source: { part: 1, from: 10 } },
  ]);
  const start = editedTake(record(20, withEdit([], { kind: 'cut', from: 0, to: 3 }, 20)));
  assert.deepEqual(start.parts.map(({ untouched, padding }) => ({ untouched, padding })), [{ untouched: false, padding: 0 }, { untouched: true, padding: 77 }]);
  assert.deepEqual([...start.peaks], heard(start));
});

test('[REC25] the end is said again: cut, then recorded on; undoing brings the old end back and takes nothing of the new', () => {
  const edits = withEdit([], { kind: 'cut', from: 12, to: 20 }, 20);
  assert.deepEqual(heard(editedTake(record(25, edits))), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 23, 24]);
  assert.equal(heard(editedTake(record(25, withEdit(edits, { kind: 'undo' }, 25)))).length, 25);
});

test('[REC25] a pause mark is silence that every decoder plays, as a part of its own', async () => {
  const take = editedTake(record(20, withEdit([], { kind: 'pause', at: 5, packets: 4 }, 20)));
  assert.deepEqual(heard(take).slice(3, 11), [3, 4, -1, -1, -1, -1, 5, 6]);
  assert.deepEqual(take.parts.map(({ packet, source }) => [packet, source?.from ?? null]), [[0, 0], [5, null], [9, 5], [14, 10]]);
  const decoder = new OpusDecoder(await startOpusFromPackage());
  const sound = decoder.decode(SILENT_PACKET);
  decoder.dispose();
  assert.equal(sound.length, 960);
  assert.ok(sound.every((sample) => sample === 0));
});

test('[REC25] any edits, with recording between them: the parts cover what is heard, and undoing all gives everything back', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), from: fc.nat(60), to: fc.nat(60) }),
    fc.record({ kind: fc.constant('pause' as const), at: fc.nat(60), packets: fc.nat(9) }),
    fc.constant({ kind: 'undo' as const }),
    fc.nat(30),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    let recorded = 12;
    let edits: readonly AppliedEdit[] = [];
    for (const one of steps) {
      if (typeof one === 'number') recorded += one;
      else edits = withEdit(edits, one satisfies Edit, recorded);
    }
    const take = editedTake(record(recorded, edits));
    assert.equal(take.packets.length, lengthOf(segmentsOf(edits, recorded)));
    const parts = partsHeard({ parts: record(recorded).parts, edits, recorded });
    parts.forEach((one, index) => {
      const end = parts[index + 1]?.packet ?? take.packets.length;
      assert.ok(one.packet < end && (index > 0 || one.packet === 0));
      const numbers = heard(take).slice(one.packet, end);
      const from = one.source?.from ?? null;
      assert.deepEqual(numbers, numbers.map((_, at) => (from === null ? -1 : from + at)));
    });
    for (const _ of edits) edits = withEdit(edits, { kind: 'undo' }, recorded);
    assert.deepEqual(segmentsOf(edits, recorded), [{ type: 'recorded', from: 0, to: recorded }]);
  }));
});
