import { handleVault } from '@earshot/backup/vaults/folder.browser.ts';
import { fromTar } from '@earshot/backup/vaults/tar.ts';
import type { Vault } from '@earshot/backup/vault.ts';

/** Not in every browser. */
type Picking = Window & { showDirectoryPicker?: (options: { mode: 'read' | 'readwrite'; id: string }) => Promise<FileSystemDirectoryHandle> };

export const picksFolders = (page: Picking): boolean => page.showDirectoryPicker !== undefined;

export interface ChosenFolder {
  readonly name: string;
  readonly vault: Vault;
  readonly handle: FileSystemDirectoryHandle;
}

export const folderOf = (handle: FileSystemDirectoryHandle): ChosenFolder => ({ name: handle.name, vault: handleVault(handle), handle });

/** A folder that the person chooses; null when she chose none. */
export async function pickFolder(page: Picking, mode: 'read' | 'readwrite'): Promise<ChosenFolder | null> {
  try {
    const handle = await page.showDirectoryPicker?.({ mode, id: 'earshot-backup' });
    return handle === undefined ? null : folderOf(handle);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/** A backup in one file that the person chooses; null when she chose none. */
export async function pickFile(page: Document): Promise<{ readonly name: string; readonly vault: Vault } | null> {
  const input = page.createElement('input');
  input.type = 'file';
  input.accept = '.tar,application/x-tar';
  const chosen = new Promise<File | null>((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.addEventListener('cancel', () => resolve(null));
  });
  input.click();
  const file = await chosen;
  return file === null ? null : { name: file.name, vault: fromTar(new Uint8Array(await file.arrayBuffer())) };
}
