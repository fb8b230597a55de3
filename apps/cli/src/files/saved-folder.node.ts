import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@earshot/base/random.ts';
import { type IndexEntry, indexPage, isIndexPage } from '@earshot/client/saving/index-page.ts';
import { readSidecar } from '@earshot/client/saving/read-sidecar.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { fileFailure, writeWhole } from './write-file.node.ts';

const INDEX = 'index.html';
const SIDECAR = '.json';

interface Saved {
  /** What was saved just now, or was there already. Of these more is known by now than what lies beside them. */
  readonly entries: readonly IndexEntry[];
  readonly force: boolean;
  readonly random: Random;
}

/** Whether a page is there that may be written over: one of ours, or any with `force`. Throws `file.exists` where it is somebody's own. */
export async function isPageToWriteOver(folder: string, force: boolean): Promise<boolean> {
  if (force) return true;
  const path = join(folder, INDEX);
  const there = await textOf(path);
  if (there !== null && !isIndexPage(there)) throw new Failure('file.exists', { path });
  return there !== null;
}

/** A page of `entries` and of all else that was saved into this folder before. Returns its path and how many it names. Throws `file.exists`. */
export async function writePage(folder: string, { entries, force, random }: Saved): Promise<{ index: string; messages: number }> {
  const all = [...entries, ...(await savedElse(folder, new Set(entries.map(({ file }) => file))))];
  const page = indexPage(all, { language: 'en', title: 'Voice messages', when: (time) => new Date(time).toLocaleString() });
  const index = join(folder, INDEX);
  // Asked again: somebody may have put a page there while all that was saved.
  await writeWhole(index, new TextEncoder().encode(page), { force: await isPageToWriteOver(folder, force), random });
  return { index, messages: all.length };
}

/** What lies there with its sidecar, beside the files that are `known`. */
async function savedElse(folder: string, known: ReadonlySet<string>): Promise<IndexEntry[]> {
  const names = new Set(await readdir(folder));
  const entries: IndexEntry[] = [];
  for (const file of names) {
    const beside = `${file}${SIDECAR}`;
    if (known.has(file) || !names.has(beside)) continue;
    const entry = readSidecar((await textOf(join(folder, beside))) ?? '', file);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

/** Null where there is no such file. Throws `file.unreadable`. */
async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw fileFailure(error, 'file.unreadable', path);
  }
}
