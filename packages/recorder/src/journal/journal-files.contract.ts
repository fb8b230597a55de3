import { assert } from '@earshot/base/assert.ts';
import { toHex } from '@earshot/base/encoding.ts';
import type { JournalFiles } from './journal-files.ts';

/** Registers one test. Node's runner, or a worker in a browser that has none. */
export type Register = (name: string, run: () => Promise<void>) => unknown;

/** What a run without a test runner answers: null where a test has nothing to complain about. */
export type ContractResult = readonly (readonly [name: string, complaint: string | null])[];

export function equalBytes(seen: Uint8Array, wanted: Uint8Array, what: string): void {
  assert(seen.length === wanted.length, `${what}: ${seen.length} bytes, not ${wanted.length}`);
  assert(seen.every((byte, index) => byte === wanted[index]), `${what}: ${toHex(seen.subarray(0, 40))}`);
}

export async function rejects(work: Promise<unknown>, what: string): Promise<unknown> {
  const ended = await work.then(() => null, (error: unknown) => ({ error }));
  assert(ended !== null, `${what}: nothing was refused`);
  return ended.error;
}

/** What every disk under the journal has to do. `fresh` gives one without files; `again` the same one as a new page would open it. */
export function journalFilesContract(register: Register, fresh: () => Promise<{ files: JournalFiles; again: () => Promise<JournalFiles> }>): void {
  register('[REC1] what was appended can be read, while open and by another opening', async () => {
    const { files, again } = await fresh();
    const file = await files.create('one');
    await file.append(Uint8Array.of(1, 2, 3));
    await file.append(Uint8Array.of(4));
    assert(file.size === 4, `size ${file.size}`);
    equalBytes(await files.read('one'), Uint8Array.of(1, 2, 3, 4), 'while open');
    await file.flush();
    await file.close();
    equalBytes(await (await again()).read('one'), Uint8Array.of(1, 2, 3, 4), 'again');
  });

  register('[REC26] any stretch of a file can be read by itself, across appends and cuts, while open and closed', async () => {
    const { files } = await fresh();
    const file = await files.create('one');
    for (const bytes of [[1, 2, 3], [4, 5], [6, 7, 8, 9]]) await file.append(Uint8Array.from(bytes));
    const expectRanges = async (whole: readonly number[]): Promise<void> => {
      assert((await files.size('one')) === whole.length, 'size');
      for (let from = 0; from <= whole.length; from += 1) {
        equalBytes(await files.read('one', from), Uint8Array.from(whole.slice(from)), `from ${from}`);
        equalBytes(await files.read('one', from, from + 3), Uint8Array.from(whole.slice(from, from + 3)), `three from ${from}`);
      }
    };
    await expectRanges([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await file.truncate(7);
    await file.append(Uint8Array.of(10));
    await file.close();
    await expectRanges([1, 2, 3, 4, 5, 6, 7, 10]);
    await rejects(files.size('two'), 'the size of nothing');
  });

  register('opening goes on at the end', async () => {
    const { files, again } = await fresh();
    const file = await files.create('one');
    await file.append(Uint8Array.of(1, 2));
    await file.close();
    const later = await (await again()).open('one');
    assert(later.size === 2, `size ${later.size}`);
    await later.append(Uint8Array.of(3));
    await later.close();
    equalBytes(await files.read('one'), Uint8Array.of(1, 2, 3), 'both');
  });

  register('truncating cuts anywhere, also within an append, and appending goes on from there', async () => {
    const { files } = await fresh();
    const file = await files.create('one');
    for (const bytes of [[1, 2, 3], [4, 5, 6], [7]]) await file.append(Uint8Array.from(bytes));
    await file.truncate(5);
    await file.append(Uint8Array.of(9));
    equalBytes(await files.read('one'), Uint8Array.of(1, 2, 3, 4, 5, 9), 'after the cut');
    await file.truncate(0);
    assert((await files.read('one')).length === 0 && file.size === 0, 'emptied');
    await file.close();
  });

  register('a name is created once and must be there to be opened or read', async () => {
    const { files } = await fresh();
    await (await files.create('one')).close();
    await rejects(files.create('one'), 'create again');
    await rejects(files.open('two'), 'open');
    await rejects(files.read('two'), 'read');
  });

  register('files are listed, independent, and only removed by name', async () => {
    const { files } = await fresh();
    for (const name of ['b', 'a', 'a.aside-3']) {
      const file = await files.create(name);
      await file.append(Uint8Array.of(name.length));
      await file.close();
    }
    assert((await files.list()).join() === 'a,a.aside-3,b', 'listed');
    await files.remove('a');
    await files.remove('a');
    assert((await files.list()).join() === 'a.aside-3,b', 'removed');
    equalBytes(await files.read('b'), Uint8Array.of(1), 'the other');
  });

  register('a thousand small appends are all there', async () => {
    const { files } = await fresh();
    const file = await files.create('one');
    for (let index = 0; index < 1_000; index += 1) await file.append(new Uint8Array(7).fill(index & 255));
    await file.flush();
    const bytes = await files.read('one');
    assert(bytes.length === 7_000 && bytes.every((byte, at) => byte === (Math.floor(at / 7) & 255)), 'every byte in order');
    await file.close();
  });
}
