import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, YAMLParseError } from 'yaml';
import { referenceComplaints } from './references.ts';
import type { Knowledge } from './schema.ts';
import { readKnowledge, sentence, type Sheet } from './validate.ts';

/** The folder that holds what the Doctor knows, as delivered. */
export const knowledgeFolder = fileURLToPath(new URL('../../knowledge', import.meta.url));

/** The knowledge cannot be used as it is written. Each complaint names file, entry, field and what is expected. */
export class KnowledgeError extends Error {
  override readonly name = 'KnowledgeError';
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(complaints.join('\n'));
    this.complaints = complaints;
  }
}

/**
 * All `.yaml` files of a folder as one checked body of knowledge: plain data, ready for `JSON.stringify`.
 *
 * @throws KnowledgeError with every complaint there is, not only the first
 */
export async function loadKnowledge(folder = knowledgeFolder): Promise<Knowledge> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  const read = await Promise.all(names.map(async (name) => sheetOf(name, await readFile(join(folder, name), 'utf8'))));
  const unreadable = read.filter((sheet) => typeof sheet === 'string');
  const { knowledge, complaints, entries } = readKnowledge(read.filter((sheet) => typeof sheet !== 'string'));
  const files = new Map(entries.map(({ id, file }) => [id, file]));
  // References into entries that could not be read would be complained of twice, and mislead.
  const references = complaints.length + unreadable.length > 0 ? [] : referenceComplaints(knowledge, files);
  const all = [...unreadable, ...[...complaints, ...references].map(sentence)];
  if (all.length > 0) throw new KnowledgeError(all);
  return knowledge;
}

function sheetOf(file: string, text: string): Sheet | string {
  try {
    return { file, content: parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const [start] = error.linePos ?? [];
    return `${file}, line ${start?.line ?? 1}: ${error.message.split('\n')[0] ?? ''}`;
  }
}
