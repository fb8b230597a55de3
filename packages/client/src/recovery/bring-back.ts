import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isHers } from '../account/hers.ts';
import type { SessionRow } from '../account/session.ts';
import { writeMessage } from '../keeping/write.ts';
import { deliveredUpTo } from '../replica/delivered.ts';
import { noteNames } from '../replica/bytes-of.ts';
import type { EventRow, LogRow, MessageRow, PlaceRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { BringingUnsent } from './bring-unsent.ts';
import type { BroughtBack, Choice, Verdict } from './brought-back.ts';
import { type CopyReader, DRAFTS, filesOf, messageLine, type MessageLine, parseLines, unsentLines } from './copy-format.ts';
import { layBytes } from './lay-aside.ts';
import { notedAs, noteLost } from './note-lost.ts';
import { isDamage, soundOfSent } from './sound-of.ts';

/** Bytes that go to the disk in one step. */
const STEP_BYTES = 4_194_304;

interface Found {
  readonly line: MessageLine;
  readonly sealed: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Lays what a copy holds back into its old place. Only what is missing here comes back: nothing that is here is touched, nothing is written over
 * what the server said since. Each step is whole on the disk or not at all, so what was cut off goes on when it is begun again.
 */
export class BringingBack {
  readonly #store: Store;
  readonly #reader: CopyReader;
  readonly #choice: Choice;
  readonly #counts = { here: 0, removed: 0, silent: 0, unknown: 0 };
  readonly #restored: BroughtBack['restored'][number][] = [];
  readonly #damaged: Id[] = [];
  readonly #unread: string[] = [];
  readonly #noted: Id[] = [];
  readonly #who: SessionRow;
  /** The one message that was chosen has a number. */
  #isSent = false;

  constructor(store: Store, reader: CopyReader, choice: Choice, who: SessionRow) {
    this.#store = store;
    this.#reader = reader;
    this.#choice = choice;
    this.#who = who;
  }

  async run(progress: (done: number, files: number) => void, signal: AbortSignal): Promise<BroughtBack> {
    const paths = await this.#paths();
    for (const [at, path] of paths.entries()) {
      signal.throwIfAborted();
      await this.#file(path);
      progress(at + 1, paths.length);
    }
    // What was sent is not looked for among what was not: damage there keeps it from nothing.
    const lines = this.#isSent ? [] : await this.#listed(DRAFTS.lines, () => unsentLines(this.#reader));
    const { unsent, damaged, noted, ...counts } = await new BringingUnsent(this.#store, this.#reader, this.#choice, this.#who).run(lines);
    for (const [what, count] of Object.entries(counts)) this.#counts[what as keyof typeof counts] += count;
    return { ...this.#counts, restored: this.#restored, damaged: [...this.#damaged, ...damaged], unread: this.#unread, unsent, noted: [...this.#noted, ...noted] };
  }

  /** What a list of the copy names. Where that is not what it was, what the others name comes back all the same. */
  async #listed<Line>(path: string, read: () => Promise<readonly Line[]>): Promise<readonly Line[]> {
    try {
      return await read();
    } catch (error) {
      // There is no other that could name the one message; and another key opens none of them.
      if (this.#isSent || !isDamage(error) || error.code === 'backup.key') throw error;
      this.#unread.push(path);
      return [];
    }
  }

  async #paths(): Promise<readonly string[]> {
    const { message, conversation } = this.#choice;
    const all = (await this.#reader.paths()).filter((path) => path.startsWith(conversation === undefined ? 'messages/' : `messages/${conversation}/`));
    const place = message === undefined ? undefined : ((await this.#store.get(keys.at(message))) as PlaceRow | undefined);
    if (place === undefined) return all;
    this.#isSent = true;
    return all.filter((path) => path === filesOf(place.log, place.seq).lines);
  }

  async #file(path: string): Promise<void> {
    const { message } = this.#choice;
    const all = await this.#listed(path, async () => parseLines(messageLine, await this.#reader.read(path), path));
    const lines = all.filter(({ id }) => message === undefined || id === message);
    if (message !== undefined && lines.length > 0) this.#isSent = true;
    let step: Found[] = [];
    let bytes = 0;
    for (const line of lines) {
      const judged = await this.#judge(this.#store, line);
      const verdict = judged === 'unknown' ? await notedAs(this.#store, this.#who.person, line.id, this.#choice) : judged;
      if (verdict === 'unknown' && this.#choice.lostToNotes === true) {
        await this.#note(line);
        continue;
      }
      if (verdict !== 'restore') {
        this.#counts[verdict] += 1;
        continue;
      }
      const found = await this.#find(line);
      if (found === null) continue;
      step.push(found);
      bytes += line.blobs.reduce((sum, { length }) => sum + length, 0);
      if (bytes < STEP_BYTES) continue;
      await this.#lay(step);
      [step, bytes] = [[], 0];
    }
    await this.#lay(step);
  }

  async #judge(store: Pick<Store, 'get'> | Transaction, line: MessageLine): Promise<Verdict> {
    const get = async <T>(key: string): Promise<T | undefined> => (await store.get(key)) as T | undefined;
    const log = await get<LogRow>(keys.log(line.log));
    const unknown = line.sound === null ? 'silent' : 'unknown';
    if (log === undefined || line.seq > log.applied) return unknown;
    const row = await get<MessageRow>(keys.message(line.log, line.seq));
    const event = await get<EventRow>(keys.event(line.log, line.seq));
    if ((row !== undefined && row.id !== line.id) || (event !== undefined && event.envelope.id !== line.id)) return unknown;
    const named = this.#choice.removed?.includes(line.id) === true;
    if (row !== undefined && row.removed !== null && !named) return 'removed';
    if (row?.here === true && row.content !== null) return 'here';
    return line.sound === null ? 'silent' : 'restore';
  }

  /** The sound of a message, held to the hashes that the event names where it is here, and to that of the message. */
  async #find(line: MessageLine): Promise<Found | null> {
    const row = (await this.#store.get(keys.message(line.log, line.seq))) as MessageRow | undefined;
    const sealed = await soundOfSent(this.#reader, line, row);
    if (sealed !== null) return { line, sealed };
    this.#damaged.push(line.id);
    return null;
  }

  /** What the server lost cannot take its old place: its number may be another's by now. It is kept where nothing is lost by it. */
  async #note(line: MessageLine): Promise<void> {
    const found = await this.#find(line);
    if (found === null) return;
    if (await noteLost(this.#store, this.#who, line, found.sealed)) this.#noted.push(line.id);
    else this.#counts.here += 1;
  }

  async #lay(step: readonly Found[]): Promise<void> {
    const log = step[0]?.line.log;
    if (log === undefined) return;
    const laid = await transact(this.#store, async (transaction) => {
      if (!(await isHers(transaction, this.#who.person))) throw new Failure('session.missing');
      const done: BroughtBack['restored'][number][] = [];
      let next = await transaction.get<LogRow>(keys.log(log));
      for (const { line, sealed } of step) {
        // It may have come by itself meanwhile.
        if (next === undefined || (await this.#judge(transaction, line)) !== 'restore') continue;
        const row = await transaction.get<MessageRow>(keys.message(log, line.seq));
        next = await writeMessage(transaction, this.#who.person, next, row ?? null, row === undefined ? rowOf(line) : backIn(row, line));
        transaction.put(keys.at(line.id), { log, seq: line.seq } satisfies PlaceRow);
        transaction.drop(keys.fetch(log, line.seq));
        transaction.drop(keys.trouble(log, line.seq));
        noteNames(transaction, line.id, line);
        await layBytes(transaction, line.blobs, sealed);
        done.push({ log, message: line.id });
      }
      if (next !== undefined) transaction.put(keys.log(log), { ...next, delivered: await deliveredUpTo(transaction, next) });
      return done;
    });
    this.#restored.push(...laid);
  }
}

/** What lacked its sound has it again; of what had been removed nothing stays that would end it again. */
function backIn(row: MessageRow, { content }: MessageLine): MessageRow {
  const back = { ...row, content: row.content ?? content, here: true, failure: null, restored: true } as const;
  if (row.removed === null) return back;
  const { hidden: _hidden, over: _over, expiry: _expiry, back: _back, ...whole } = back;
  return { ...whole, removed: null, byName: true };
}

/** Of a message from before one's joining again: nobody waits for it to be heard. */
function rowOf({ id, log, seq, at, person, heardBy, content, blobs, words }: MessageLine): MessageRow {
  return { id, log, seq, at, person, heardBy, content, blobs, ...(words !== undefined && { words }), heard: true, here: true, removed: null, failure: null, restored: true };
}
