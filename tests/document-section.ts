import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';

/**
 * A part of a page of the docs that is made by a test, between two marks; what stands around it is written by people. Fails when the page
 * is stale; with UPDATE_DOCS=1 it is written anew.
 */
export async function keepSection(page: URL, name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->\n`, `<!-- ${name}: end -->\n`];
  const whole = await readFile(page, 'utf8');
  const [from, to] = [whole.indexOf(begin) + begin.length, whole.indexOf(end)];
  assert.ok(from >= begin.length && to >= from, `${page.pathname} has no place for ${name}`);
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, whole.slice(0, from) + text + whole.slice(to));
  else assert.equal(whole.slice(from, to), text);
}
