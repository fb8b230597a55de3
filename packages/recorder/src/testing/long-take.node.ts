import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { unknownRoom } from '../capture/room.ts';
import { TakeSession } from '../capture/take-session.ts';
import { TakeWriter } from '../capture/take-writer.ts';
import { FileJournal } from '../journal/file-journal.ts';
import type { JournalFiles } from '../journal/journal-files.ts';
import { openNodeFiles } from '../journal/files.node.ts';
import { FakeCapture, FakeTimers } from './frames.ts';

export interface LongTake {
  /** Of the file of the take. */
  readonly bytes: number;
  readonly packets: number;
  /** Bytes by which the process' memory in use (after collecting what is not) was above what it was after the first minute, at most. */
  readonly growth: number;
  /** Bytes that listing the take read, and what the list says. */
  readonly listed: number;
  readonly listedPackets: number;
  /** Seconds of processor time for each minute that was recorded. */
  readonly cpuPerMinute: number;
}

const LOOKS = 3;

/** Records so many minutes faster than they pass: encoder, sentinel and journal as in the worker, on this machine's disk. */
export async function recordLong(minutes: number, told: (minute: number, growth: number) => void = () => undefined): Promise<LongTake> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-long-'));
  try {
    const files = await openNodeFiles(folder);
    const file = await new FileJournal(files).create({ take: 'take', conversation: 'talk', started: 1 });
    const writer = new TakeWriter(await startOpusFromPackage(), file, (failure) => { throw failure; });
    const [capture, timers] = [new FakeCapture(), new FakeTimers()];
    const session = new TakeSession('take', writer, { timers, room: unknownRoom }, () => undefined);
    session.connect(capture, { microphone: 'Desk', rate: 48_000, resend: false });
    const pass = (milliseconds: number): Promise<void> => feed(capture, timers, milliseconds);
    // Minutes come here faster than any disk keeps step with; what waits for it is no growth.
    const settledMemory = async (): Promise<number> => {
      await writer.settle();
      // What the platform lets go of late is no growth either: the least of a few looks.
      const looks: number[] = [];
      for (let look = 0; look < LOOKS; look += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        looks.push(memoryInUse());
      }
      return Math.min(...looks);
    };
    const listening = session.listen();
    await pass(100);
    await listening;
    await pass(60_000);
    const [first, cpu] = [await settledMemory(), process.cpuUsage()];
    let growth = 0;
    for (let minute = 1; minute < minutes; minute += 1) {
      await pass(60_000);
      if (minute % 5 === 0 || minute === minutes - 1) growth = Math.max(growth, (await settledMemory()) - first);
      told(minute + 1, growth);
    }
    const { user, system } = process.cpuUsage(cpu);
    await writer.settle();
    const listing = counting(files);
    const [summary] = await new FileJournal(listing.files).list();
    const done = writer.packets;
    await session.close();
    return {
      bytes: (await stat(join(folder, 'take'))).size, packets: done, growth, listed: listing.read(), listedPackets: summary?.packets ?? 0,
      cpuPerMinute: (user + system) / 1_000_000 / Math.max(1, minutes - 1),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function feed(capture: FakeCapture, timers: FakeTimers, milliseconds: number): Promise<void> {
  for (let at = 0; at < milliseconds; at += 10) {
    capture.tick();
    timers.advance(10);
    // The disk is given its turn ten times a second, as the clock would.
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function counting(files: JournalFiles): { readonly files: JournalFiles; readonly read: () => number } {
  let bytes = 0;
  const read: JournalFiles['read'] = async (...range) => {
    const part = await files.read(...range);
    bytes += part.length;
    return part;
  };
  return { files: { ...files, read }, read: () => bytes };
}
