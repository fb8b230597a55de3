import { journalFilesContract } from '../journal/journal-files.contract.ts';
import type { ContractResult, Register } from '../journal/journal-files.contract.ts';
import { journalContract } from '../journal/journal.contract.ts';
import { FileJournal } from '../journal/file-journal.ts';
import { Flusher, FLUSHER, serveFlushes } from '../journal/flusher.worker.ts';
import { openIndexedDbFiles } from '../journal/indexeddb.worker.ts';
import type { JournalFiles } from '../journal/journal-files.ts';
import { openOpfsFiles } from '../journal/opfs.worker.ts';

/** Runs the contract suites where the disks of browsers are: the message names the disk, the answer lists tests and complaints. */

async function runAll(kind: 'opfs' | 'indexeddb'): Promise<ContractResult> {
  // As the recorder opens them: with a second worker that flushes, where files can be shared.
  const flusher = kind === 'opfs' ? Flusher.start() : null;
  const open = kind === 'indexeddb' ? openIndexedDbFiles : (folder: string) => openOpfsFiles(folder, flusher);
  const tests: (readonly [string, () => Promise<void>])[] = [];
  const register: Register = (name, run) => tests.push([name, run]);
  const disk = async (): Promise<{ files: JournalFiles; again: () => Promise<JournalFiles> }> => {
    const name = `contract-${crypto.randomUUID()}`;
    return { files: await open(name), again: () => open(name) };
  };
  journalFilesContract(register, disk);
  journalContract(register, async () => {
    const { files } = await disk();
    return {
      journal: new FileJournal(files),
      damage: async (take, change) => {
        const bytes = change(await files.read(take));
        const file = await files.open(take);
        await file.truncate(0);
        await file.append(bytes);
        await file.close();
      },
    };
  });
  const results: [string, string | null][] = [];
  for (const [name, run] of tests) {
    results.push([name, await run().then(() => null, (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)))]);
  }
  return results;
}

if (name === FLUSHER) serveFlushes();
else addEventListener('message', (event: MessageEvent<'opfs' | 'indexeddb'>) => void runAll(event.data).then((results) => postMessage(results)));
