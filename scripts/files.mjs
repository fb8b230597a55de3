import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
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
  return entriesOf(join(top, folder))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(top, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .concat(
      entriesOf(join(top, folder))
        .filter((entry) => entry.isDirectory() && !notOurs.has(entry.name))
        .flatMap((entry) => filesBelow(relative(top, join(entry.parentPath, entry.name)))),
    )
    .toSorted();
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
