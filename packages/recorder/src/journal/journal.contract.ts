import { assert } from '@earshot/base/assert.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { ENTRY_OVERHEAD } from './journal-format.ts';
import { equalBytes, rejects } from './journal-files.contract.ts';
import type { Register } from './journal-files.contract.ts';
import type { Journal, JournalEntry, JournalWriter, TakeHeader, TakeRecord } from './journal.ts';

/** A journal and the means to damage it behind its back. */
export interface JournalWorld {
  readonly journal: Journal;
  /** Replaces the bytes of a take by what `change` makes of them. No writer is open. */
  readonly damage: (take: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) => Promise<void>;
}

const header: TakeHeader = { take: 'take-one', conversation: 'talk', started: 1_700_000_000_000 };

function packet(index: number): JournalEntry & { type: 'packet' } {
  return { type: 'packet', bytes: Uint8Array.from({ length: 20 + (index % 7) }, (_, at) => (index * 31 + at) & 255), peak: index & 255 };
}

async function write(journal: Journal, count: number): Promise<void> {
  const writer = await journal.create(header);
  await writer.append([{ type: 'part', preSkip: 312, microphone: 'Desk – ♪' }]);
  for (let index = 0; index < count; index += 1) await writer.append([packet(index)]);
  await writer.flush();
  await writer.close();
}

function expectPackets(record: TakeRecord, count: number): void {
  assert(record.packets.length === count, `${record.packets.length} packets, not ${count}`);
  record.packets.forEach((bytes, index) => equalBytes(bytes, packet(index).bytes, `packet ${index}`));
  assert(record.peaks.every((peak, index) => peak === (index & 255)), 'peaks');
}

/** Goes on after damage and finds old and new in a row. */
async function goesOn(journal: Journal, whole: number): Promise<void> {
  const writer: JournalWriter = await journal.reopen(header.take);
  assert(writer.before.packets === whole && writer.before.peaks.length === whole, `${writer.before.packets} packets, not ${whole}`);
  await writer.append([{ type: 'part', preSkip: 312, microphone: 'other' }, packet(whole)]);
  await writer.close();
  const record = await journal.read(header.take);
  expectPackets(record, whole + 1);
  assert(record.torn === 0, 'nothing torn is left');
}

/** What every journal has to do. `fresh` gives an empty one. */
export function journalContract(register: Register, fresh: () => Promise<JournalWorld>): void {
  register('[REC1] every appended packet is read back, with parts, padding and decision', async () => {
    const { journal } = await fresh();
    await write(journal, 5);
    const writer = await journal.reopen(header.take);
    await writer.append([{ type: 'end', padding: 77 }, { type: 'part', preSkip: 300, microphone: 'Headset' }, packet(5)]);
    await writer.append([{ type: 'state', state: 'discarded', at: 5 }, { type: 'state', state: 'sent', at: 6 }]);
    await writer.close();
    const record = await journal.read(header.take);
    expectPackets(record, 6);
    assert(JSON.stringify(record.parts) === JSON.stringify([
      { packet: 0, preSkip: 312, padding: 77, microphone: 'Desk – ♪' }, { packet: 5, preSkip: 300, padding: 0, microphone: 'Headset' },
    ]), JSON.stringify(record.parts));
    assert(record.state === 'sent' && record.changed === 6 && record.conversation === 'talk' && record.torn === 0, 'decision');
  });

  register('[REC2] cut at any byte of the last entries, every whole packet before the cut comes back, and recording goes on', async () => {
    const count = 6;
    const tail = [3, 4, 5].reduce((sum, index) => sum + ENTRY_OVERHEAD + 1 + packet(index).bytes.length, 0);
    for (let cut = 0; cut <= tail; cut += 1) {
      const { journal, damage } = await fresh();
      await write(journal, count);
      await damage(header.take, (bytes) => bytes.slice(0, bytes.length - cut));
      let whole = count;
      for (let left = cut; left > 0; whole -= 1) left -= ENTRY_OVERHEAD + 1 + packet(whole - 1).bytes.length;
      expectPackets(await journal.read(header.take), whole);
      await goesOn(journal, whole);
    }
  });

  register('[REC2] a flipped bit costs what follows it and nothing before; zeros and old bytes do not pass', async () => {
    const last = ENTRY_OVERHEAD + 1 + packet(5).bytes.length;
    for (let at = 1; at <= last; at += 3) {
      const { journal, damage } = await fresh();
      await write(journal, 6);
      await damage(header.take, (bytes) => bytes.map((byte, index) => (index === bytes.length - at ? byte ^ 0x10 : byte)));
      expectPackets(await journal.read(header.take), 5);
    }
    const { journal, damage } = await fresh();
    await write(journal, 6);
    await damage(header.take, (bytes) => Uint8Array.from([...bytes, ...bytes.slice(-last), ...new Uint8Array(200)]));
    const record = await journal.read(header.take);
    expectPackets(record, 6);
    assert(record.torn === last + 200, `torn ${record.torn}`);
    await goesOn(journal, 6);
  });

  register('[REC3] damage to one take hides no other, and only remove removes', async () => {
    const { journal, damage } = await fresh();
    await write(journal, 3);
    const other = await journal.create({ ...header, take: 'take-two', started: header.started + 1 });
    await other.append([packet(0)]);
    await other.close();
    await damage(header.take, (bytes) => bytes.fill(0));
    assert((await journal.list()).map((take) => `${take.take}:${take.packets}`).join() === 'take-two:1', 'listed');
    const refusal = await rejects(journal.reopen(header.take), 'a take without a header');
    assert(refusal instanceof Failure && refusal.code === 'recorder.storage', 'its code');
    await journal.remove('take-two');
    assert((await journal.list()).length === 0, 'removed');
  });

  register('a take begins once, and one that is not there is recorder.storage', async () => {
    const { journal } = await fresh();
    await write(journal, 1);
    const again = await rejects(journal.create(header), 'create again');
    assert(again instanceof Failure && again.code === 'recorder.storage', 'code');
    await rejects(journal.reopen('nobody'), 'reopen');
    await rejects(journal.read('nobody'), 'read');
  });

  register('[REC26] [REC2] a long take is listed as it is read, also torn at any byte near its end and after edits', async () => {
    const { journal, damage } = await fresh();
    const writer = await journal.create(header);
    const many = (from: number, count: number): JournalEntry[] => Array.from({ length: count }, (_, index) => packet(from + index));
    for (let from = 0; from < 3_000; from += 100) await writer.append(many(from, 100));
    await writer.append([{ type: 'splice', gap: 40, why: 'mic.ended' }, { type: 'edit', edit: { kind: 'cut', from: 10, to: 1_010 } }]);
    await writer.append(many(3_000, 20));
    await writer.close();
    const listed = async (): Promise<number> => (await journal.list())[0]?.packets ?? -1;
    assert((await listed()) === 2_020, `${await listed()} listed`);
    const record = await journal.read(header.take);
    assert(record.packets.length === 3_020 && record.edits.length === 1 && record.splices[0]?.packet === 3_000, 'marks');
    for (let cut = 0; cut < 24; cut += 1) {
      await damage(header.take, (bytes) => bytes.slice(0, bytes.length - 37));
      const { packets, edits } = await journal.read(header.take);
      assert((await listed()) === packets.length - (edits.length === 1 ? 1_000 : 0), `torn ${cut} times`);
    }
  });

  register('calls that overlap are carried out in order', async () => {
    const { journal } = await fresh();
    const writer = await journal.create(header);
    await Promise.all(Array.from({ length: 50 }, (_, index) => writer.append([packet(index)])).concat(writer.flush()));
    await writer.close();
    expectPackets(await journal.read(header.take), 50);
  });
}
