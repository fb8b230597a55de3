import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { TestContext } from 'node:test';

export interface Sync {
  readonly what: 'datasync' | 'sync';
  readonly inode: number;
  /** The files that had a name below the folder by then. */
  readonly named: readonly string[];
}

/** What this process waits for the disk for, from now on, while it works in a folder. */
export async function syncsIn(t: TestContext, folder: string): Promise<readonly Sync[]> {
  const told: Sync[] = [];
  const handle = await open(folder, 'r');
  const proto = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  for (const what of ['datasync', 'sync'] as const) {
    const real = proto[what];
    t.mock.method(proto, what, async function (this: FileHandle) {
      const { ino } = await this.stat();
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const named = entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
      told.push({ what, inode: ino, named: named.sort() });
      await real.call(this);
    });
  }
  return told;
}
