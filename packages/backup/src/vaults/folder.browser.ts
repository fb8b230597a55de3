import { Failure } from '@earshot/protocol/failures.ts';
import type { Held, Vault } from '../vault.ts';

/** A folder that a person chose in her browser. A file is written beside and takes its place when it is closed: whole, or not at all. */
export function handleVault(root: FileSystemDirectoryHandle): Vault {
  return {
    put: async (name, bytes) => {
      const written = await guarded(root, async () => {
        const folder = await folderOf(root, name, true);
        const file = await folder.getFileHandle(lastOf(name), { create: true });
        try {
          const writer = await file.createWritable();
          await writer.write(new Uint8Array(bytes));
          await writer.close();
        } catch (error) {
          // The name comes first: with nothing in it, it would stand for what is not there.
          if ((await file.getFile()).size === 0) await folder.removeEntry(lastOf(name));
          throw error;
        }
        return true;
      });
      // A folder within it went while it was written.
      if (written === null) throw new Failure('backup.target', { target: root.name, name, reason: GONE });
    },
    get: async (name) => {
      const found = await guarded(root, async () => await (await (await (await folderOf(root, name, false)).getFileHandle(lastOf(name))).getFile()).arrayBuffer(), name);
      if (found === null) throw new Failure('backup.missing', { name });
      return new Uint8Array(found);
    },
    list: async (folder) => {
      const found = await guarded(root, async () => await listed(root, await root.getDirectoryHandle(folder), folder));
      return (found ?? []).sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    drop: async (name) => void (await guarded(root, async () => (await folderOf(root, name, false)).removeEntry(lastOf(name)))),
  };
}

const GONE = 'NotFoundError';
/** A file that is there and gives nothing: the disk cannot read it. */
const UNREADABLE = 'NotReadableError';

/** Null for what is not there, in a folder that is. */
async function guarded<T>(root: FileSystemDirectoryHandle, work: () => Promise<T>, name?: string): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === GONE && (await isThere(root))) return null;
    if (error.name === UNREADABLE && name !== undefined) throw new Failure('backup.damaged', { name, reason: error.name }, { cause: error });
    throw new Failure('backup.target', { target: root.name, reason: error.name }, { cause: error });
  }
}

/** The folder itself may have gone, with the stick it was on: then nobody knows what is in it. */
async function isThere(root: FileSystemDirectoryHandle): Promise<boolean> {
  try {
    await root.keys().next();
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

async function folderOf(root: FileSystemDirectoryHandle, name: string, create: boolean): Promise<FileSystemDirectoryHandle> {
  let folder = root;
  for (const step of name.split('/').slice(0, -1)) folder = await folder.getDirectoryHandle(step, { create });
  return folder;
}

/** Without what another backup into the same place forgets meanwhile. */
async function listed(root: FileSystemDirectoryHandle, folder: FileSystemDirectoryHandle, path: string): Promise<Held[]> {
  const found: Held[] = [];
  for await (const [name, entry] of folder.entries()) {
    if (entry instanceof FileSystemDirectoryHandle) found.push(...((await guarded(root, async () => await listed(root, entry, `${path}/${name}`))) ?? []));
    else if (entry instanceof FileSystemFileHandle) {
      const file = await guarded(root, async () => await entry.getFile());
      if (file !== null) found.push({ name: `${path}/${name}`, bytes: file.size, put: file.lastModified });
    }
  }
  return found;
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
