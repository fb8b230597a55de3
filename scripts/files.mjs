import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout, without a slash at its end. */
export const top = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

const notOurs = new Set(['node_modules', 'dist', '.git', 'results', 'coverage']);

/**
 * Every file of ours below `folder`, as paths from the top with forward slashes, in order.
 * What is built, installed or measured is not ours. A folder that does not exist has no files.
 *
 * @param {string} folder path from the top
 * @returns {string[]}
 */
export function filesBelow(folder) {
  const entries = entriesOf(join(top, folder));
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name).split(sep).join('/'));
  const folders = entries.filter((entry) => entry.isDirectory() && !notOurs.has(entry.name));
  // Read by the Node that was here, which may be an old one: no toSorted.
  return [...files, ...folders.flatMap((entry) => filesBelow(join(folder, entry.name)))].sort();
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
