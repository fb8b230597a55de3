import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { at, runNode } from './child.mjs';
import { filesBelow } from './files.mjs';

const stamp = 'apps/web/dist/.built-from';

/**
 * Builds the web app unless what stands in its dist folder was built from exactly these sources.
 *
 * @param {string} node
 * @returns {Promise<number>} the exit code
 */
export async function buildWeb(node) {
  const sources = fingerprint();
  if (existsSync(at(stamp)) && readFileSync(at(stamp), 'utf8') === sources) return 0;
  const code = await runNode(node, ['apps/web/build.ts']);
  // Last of all, so that a build which was interrupted is made again.
  if (code === 0) writeFileSync(at(stamp), sources);
  return code;
}

/** Of contents, not of times: a checkout of an older commit has newer files. */
function fingerprint() {
  const hash = createHash('sha256');
  const sources = ['package-lock.json', ...filesBelow('packages'), ...filesBelow('apps/web')];
  for (const file of sources.filter((path) => !path.includes('.test.'))) {
    const content = readFileSync(at(file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
