import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { FileJournal } from './file-journal.ts';
import type { Flusher } from './flusher.worker.ts';
import type { JournalFiles } from './journal-files.ts';
import type { Journal } from './journal.ts';
import { openOpfsFiles } from './opfs.worker.ts';
import { sealedFiles, sealPlainFiles } from './sealed-files.ts';

export type JournalKind = 'opfs' | 'indexeddb';

export interface Chosen {
  readonly folder: string;
  readonly only?: JournalKind;
  /** What is recorded lies sealed under it. Without one it lies as it was recorded: for what nobody keeps. */
  readonly secret?: Uint8Array<ArrayBuffer>;
}

/**
 * Milliseconds that a disk may take to answer; on a machine with a hundred other things to do it takes two seconds. WebKit's database
 * answers nothing any more, until the whole browser has ended, when a page was left in the middle of a write.
 */
const PATIENCE = 10_000;

/**
 * The best disk this engine has: files where they can be written synchronously, else IndexedDB. Never memory: where neither works
 * it throws `recorder.storage`, before anyone speaks in vain. `refused` says which better one did not work, and why.
 *
 * A disk that does not answer is `recorder.storage-stuck`, and no other one is taken: what was recorded before lies there.
 *
 * Files are tried, not only looked for: private windows and some WebViews have the functions and refuse to carry them out.
 */
export async function chooseJournal({ folder: name, only, secret }: Chosen, flusher: Flusher | null): Promise<{ journal: Journal; kind: JournalKind; refused: string }> {
  const refusals: string[] = [];
  for (const kind of only === undefined ? (['opfs', 'indexeddb'] as const) : [only]) {
    try {
      const files = await inTime(kind, openFiles(kind, name, flusher));
      return { journal: new FileJournal(secret === undefined ? files : await sealed(name, files, secret)), kind, refused: refusals.join(', ') };
    } catch (error) {
      if (error instanceof Failure) throw error;
      refusals.push(`${kind}: ${error instanceof Error ? error.name : typeof error}`);
    }
  }
  throw new Failure('recorder.storage', { operation: 'open', reason: refusals.join(', ') });
}

async function openFiles(kind: JournalKind, name: string, flusher: Flusher | null): Promise<JournalFiles> {
  // The second best is loaded where it is wanted.
  const files = kind === 'opfs' ? await openOpfsFiles(name, flusher) : await (await import('./indexeddb.worker.ts')).openIndexedDbFiles(name);
  await tryOut(files);
  return files;
}

/** Of several pages that open at once one seals what lies there plain. */
async function sealed(name: string, files: JournalFiles, secret: Uint8Array<ArrayBuffer>): Promise<JournalFiles> {
  const journal = await sealedFiles(files, secret, systemRandom);
  if ('locks' in navigator) await navigator.locks.request(`seal/${name}`, () => sealPlainFiles(files, journal));
  else await sealPlainFiles(files, journal);
  return journal;
}

async function inTime<T>(disk: JournalKind, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Failure('recorder.storage-stuck', { disk, milliseconds: PATIENCE })), PATIENCE);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function tryOut(files: JournalFiles): Promise<void> {
  // A name of its own for every page, because several open at once must not meet in it.
  const name = `.try-${crypto.randomUUID()}`;
  const file = await files.create(name);
  try {
    await file.append(Uint8Array.of(1));
    await file.flush();
  } finally {
    await file.close();
    await files.remove(name);
  }
}
