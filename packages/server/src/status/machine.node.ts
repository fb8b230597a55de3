import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { lastBackup } from '../backup/remembered.node.ts';
import type { Machine } from './machine.ts';

/** Enough to need a block of its own. */
const PROBE = new Uint8Array(4_096).fill(1);

export function folderMachine(folder: string): Machine {
  const probe = join(folder, 'probe.tmp');
  return {
    room: async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    write: async () => {
      try {
        await using file = await open(probe, 'w', 0o600);
        await file.writeFile(PROBE);
        await file.datasync();
      } finally {
        await rm(probe, { force: true });
      }
    },
    backup: () => lastBackup(folder),
    elapsed: () => performance.now(),
  };
}
