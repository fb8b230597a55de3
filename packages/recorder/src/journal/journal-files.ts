/**
 * The disk under the journal: files that grow at their end.
 *
 * Laws (held by `journal-files.contract.ts`)
 * 1. `append` resolves after the bytes were handed to the storage: killing the page or the browser loses nothing of them.
 * 2. `flush` resolves when everything appended to this file would survive a power cut; so do `create` and `truncate`.
 * 3. A rejected `append` leaves everything before it; it may leave a part of its own bytes, which `truncate` takes away.
 * 4. `read` returns what was appended, from byte `from` on, and `size` how much that is, also while the file is open for writing in
 *    the same store. Reading the end of a file costs no more than its length.
 * 5. `list` names every file, `remove` is the only verb that makes one disappear, and removing what is not there is no error.
 * 6. `create` refuses a name that exists and `open` one that does not.
 *
 * Rejections carry whatever the platform says; the journal gives them their code. A name is an id, perhaps with a suffix:
 * letters, digits, `.` and `-`.
 */
export interface JournalFiles {
  create(name: string): Promise<JournalFile>;
  open(name: string): Promise<JournalFile>;
  read(name: string, from?: number, to?: number): Promise<Uint8Array<ArrayBuffer>>;
  size(name: string): Promise<number>;
  list(): Promise<string[]>;
  remove(name: string): Promise<void>;
}

/** Open for appending. One at a time for each name: whoever uses it sees to that. */
export interface JournalFile {
  /** Bytes in the file. */
  readonly size: number;
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  flush(): Promise<void>;
  /** Cuts the file to `size` bytes, at most what it has. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}
