import type { Id } from '@earshot/base/ids.ts';

/** The folder that a person backs up to from this browser. A handle of it survives the page, where its permission may not. Each person has one. */
const NAME = 'earshot-backup-folder';
const FOLDERS = 'folders';

type Mode = 'read' | 'readwrite';
/** Not in every browser. */
type Asking = FileSystemDirectoryHandle & Partial<Record<'queryPermission' | 'requestPermission', (wanted: { mode: Mode }) => Promise<PermissionState>>>;

export async function keepFolder(person: Id, folder: FileSystemDirectoryHandle): Promise<void> {
  await inFolders('readwrite', (folders) => folders.put(folder, person));
}

export async function keptFolder(person: Id): Promise<FileSystemDirectoryHandle | null> {
  return ((await inFolders('readonly', (folders) => folders.get(person))) as FileSystemDirectoryHandle | undefined) ?? null;
}

/** Whether the page may go there without asking. */
export async function mayUse(folder: Asking, mode: Mode): Promise<boolean> {
  return (await folder.queryPermission?.({ mode })) === 'granted';
}

/** Asks for it where it has to; only of use where a person has just pressed something. */
export async function askToUse(folder: Asking, mode: Mode): Promise<boolean> {
  return (await mayUse(folder, mode)) || (await folder.requestPermission?.({ mode })) === 'granted';
}

/** One backup at a time, in all windows. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  return await navigator.locks.request('earshot-backup', work);
}

async function inFolders(mode: IDBTransactionMode, work: (folders: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(FOLDERS);
  const database = (await done(opening)) as IDBDatabase;
  try {
    return await done(work(database.transaction(FOLDERS, mode).objectStore(FOLDERS)));
  } finally {
    database.close();
  }
}

function done(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no folder'));
  });
}
