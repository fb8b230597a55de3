import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { lengthOf, segmentsOf, withEdit } from './edit.ts';
import type { AppliedEdit } from './edit.ts';
import { decodeEnd, decodeHeader, decodeJournal, encodeCheckpoint, encodeEntries, encodeHeader } from './journal-format.ts';
import type { Chain, Checkpoint } from './journal-format.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import type { Journal, JournalEntry, JournalWriter, OpenedTake, TakeHeader, TakeRecord, TakeSummary } from './journal.ts';
import { outline, summarize, viewTake } from './take-view.ts';

/** More than one torn append leaves: what lies behind damage of this size may be speech, and is kept aside, in bytes. */
const KEPT_ASIDE = 4_096;
const ASIDE = '.aside-';
/** Bytes between checkpoints (some 9 s of speech), and bytes at the end of a file in which one is looked for. */
const CHECKPOINT_EVERY = 32_768;
const END = 49_152;
/** The largest header: two ids and a number. */
const HEADER_BYTES = 1_024;

/** The journal over files: one file for each take, named by its id. */
export class FileJournal implements Journal {
  readonly #files: JournalFiles;

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  async create(header: TakeHeader): Promise<JournalWriter> {
    return storing('create', async () => {
      const file = await this.#files.create(header.take);
      const { bytes, chain } = encodeHeader(header);
      await file.append(bytes);
      await file.flush();
      const record = viewTake(header, { header, entries: [], chain, whole: bytes.length }, bytes.length);
      return new FileJournalWriter(file, outline(record), chain);
    });
  }

  async reopen(take: Id): Promise<JournalWriter> {
    return storing('reopen', async () => {
      const file = await this.#files.open(take);
      try {
        return await this.#goOn(take, file);
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  async list(): Promise<TakeSummary[]> {
    return storing('list', async () => {
      const takes: TakeSummary[] = [];
      for (const name of await this.#files.list()) {
        const summary = name.includes('.') ? null : await this.#summary(name);
        if (summary !== null) takes.push(summary);
      }
      return takes.sort((one, other) => one.started - other.started);
    });
  }

  async read(take: Id): Promise<TakeRecord> {
    return storing('read', async () => {
      const bytes = await this.#files.read(take);
      const decoded = decodeJournal(bytes);
      if (decoded.header === null) throw unreadable(take, bytes.length);
      return viewTake(decoded.header, decoded, bytes.length);
    });
  }

  async remove(take: Id): Promise<void> {
    await storing('remove', async () => {
      const names = await this.#files.list();
      // What was kept aside goes first: a crash in between must not leave it without the take that explains it.
      for (const name of names.filter((one) => one.startsWith(take + ASIDE))) await this.#files.remove(name);
      await this.#files.remove(take);
    });
  }

  /** Null for what cannot be read, or was removed by another window meanwhile: it must not hide the others. Reading it alone tells why. */
  async #summary(name: string): Promise<TakeSummary | null> {
    try {
      return (await storing('list', () => this.#glance(name))) ?? summarize(await this.read(name));
    } catch (error) {
      if (error instanceof Failure) return null;
      throw error;
    }
  }

  /** From both ends of the file alone; null where that is not enough. */
  async #glance(name: string): Promise<TakeSummary | null> {
    const size = await this.#files.size(name);
    if (size <= END) return null;
    const header = decodeHeader(await this.#files.read(name, 0, HEADER_BYTES));
    const end = decodeEnd(await this.#files.read(name, size - END), size - END);
    if (header === null || end === null) return null;
    // A checkpoint is written with every decision and every edit; where one was torn off, only reading all of it tells.
    if (end.entries.some(({ type }) => type === 'state' || type === 'edit')) return null;
    const { state, changed, heard } = end.checkpoint;
    return { ...header, state, changed, packets: heard + end.entries.filter((entry) => entry.type === 'packet').length };
  }

  async #goOn(take: Id, file: JournalFile): Promise<JournalWriter> {
    const bytes = await this.#files.read(take);
    const decoded = decodeJournal(bytes);
    if (decoded.header === null) throw unreadable(take, bytes.length);
    if (decoded.whole < bytes.length) {
      await this.#keepAside(take, bytes, decoded.whole);
      await file.truncate(decoded.whole);
    }
    return new FileJournalWriter(file, outline(viewTake(decoded.header, decoded, bytes.length)), decoded.chain);
  }

  async #keepAside(take: Id, bytes: Uint8Array<ArrayBuffer>, whole: number): Promise<void> {
    if (bytes.length - whole < KEPT_ASIDE) return;
    const name = `${take}${ASIDE}${whole}`;
    await this.#files.remove(name);
    const aside = await this.#files.create(name);
    await aside.append(bytes.slice(whole));
    await aside.flush();
    await aside.close();
  }
}

class FileJournalWriter implements JournalWriter {
  readonly before: OpenedTake;
  readonly #file: JournalFile;
  #chain: Chain;
  /** Bytes that hold whole entries; more than that is the rest of an append that failed. */
  #whole: number;
  /** Byte behind the last checkpoint, and what the next one would say. */
  #checkpointed = 0;
  #point: Point;
  #last: Promise<unknown> = Promise.resolve();
  #flushing: Promise<unknown> = Promise.resolve();

  constructor(file: JournalFile, before: OpenedTake, chain: Chain) {
    this.#file = file;
    this.before = before;
    this.#chain = chain;
    this.#whole = file.size;
    const { packets, state, changed, edits } = before;
    this.#point = { edits, checkpoint: { packets, heard: lengthOf(segmentsOf(edits, packets)), state, changed } };
  }

  append(entries: readonly JournalEntry[]): Promise<void> {
    return this.#next('append', async () => {
      if (this.#file.size > this.#whole) await this.#file.truncate(this.#whole);
      const { bytes, chain } = encodeEntries(entries, this.#chain);
      const point = entries.reduce(pointAfter, this.#point);
      const at = this.#whole + bytes.length;
      const due = at - this.#checkpointed > CHECKPOINT_EVERY || entries.some(({ type }) => type === 'state' || type === 'edit');
      const end = due ? encodeCheckpoint(point.checkpoint, chain, at) : { bytes: new Uint8Array(0), chain };
      // In one write, so that there is never a decision without the checkpoint that tells of it.
      await this.#file.append(due ? joined(bytes, end.bytes) : bytes);
      this.#whole = at + end.bytes.length;
      this.#chain = end.chain;
      this.#point = point;
      if (due) this.#checkpointed = this.#whole;
    });
  }

  /** Of what was appended before. What is appended meanwhile does not wait for it. */
  flush(): Promise<void> {
    const done = Promise.all([this.#last, this.#flushing]).then(() => storing('flush', () => this.#file.flush()));
    this.#flushing = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#next('close', () => this.#file.close());
  }

  #next(operation: string, work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(() => storing(operation, work));
    // A call that fails tells its own caller; the next one starts afresh.
    this.#last = done.catch(() => undefined);
    return done;
  }
}

interface Point {
  readonly checkpoint: Checkpoint;
  readonly edits: readonly AppliedEdit[];
}

function pointAfter({ checkpoint, edits }: Point, entry: JournalEntry): Point {
  if (entry.type === 'packet') return { edits, checkpoint: { ...checkpoint, packets: checkpoint.packets + 1, heard: checkpoint.heard + 1 } };
  if (entry.type === 'state') return { edits, checkpoint: { ...checkpoint, state: entry.state, changed: entry.at } };
  if (entry.type !== 'edit') return { edits, checkpoint };
  const after = withEdit(edits, entry.edit, checkpoint.packets);
  return { edits: after, checkpoint: { ...checkpoint, heard: lengthOf(segmentsOf(after, checkpoint.packets)) } };
}

function joined(one: Uint8Array<ArrayBuffer>, other: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}

function unreadable(take: Id, size: number): Failure {
  return new Failure('recorder.storage', { operation: 'read', reason: 'header', take, size });
}

/** Gives what the disk says its code. */
async function storing<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.name : typeof error;
    throw new Failure('recorder.storage', { operation, reason }, { cause: error });
  }
}
