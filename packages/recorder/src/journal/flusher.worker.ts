/**
 * Flushing beside writing. A flush waits for the disk, a third of a second where many programs want it; whoever writes packets must
 * not wait with it, because what has come in meanwhile would be in memory only. So a second worker has the same file open and does
 * nothing but flush: what a file system makes durable is the file, whoever wrote it.
 */

/** Name of that worker, by which the common script knows what it is. */
export const FLUSHER = 'earshot-flusher';

interface Request {
  readonly id: number;
  readonly verb: 'open' | 'flush' | 'close';
  readonly folder: string;
  readonly name: string;
}

interface Answer {
  readonly id: number;
  readonly done: boolean;
}

/** Several may have a file open at once: only with this mode, which not every engine knows. */
function canShareFiles(): boolean {
  return typeof FileSystemSyncAccessHandle !== 'undefined' && 'mode' in FileSystemSyncAccessHandle.prototype;
}

/** The file system's type does not know the mode yet. */
export function shareFile(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  const open = handle.createSyncAccessHandle.bind(handle) as (options: { readonly mode: 'readwrite-unsafe' }) => Promise<FileSystemSyncAccessHandle>;
  return open({ mode: 'readwrite-unsafe' });
}

/** The whole life of the flushing worker. */
export function serveFlushes(): void {
  const files = new Map<string, FileSystemSyncAccessHandle>();
  const obey = async ({ verb, folder, name }: Request): Promise<void> => {
    const key = `${folder}/${name}`;
    if (verb === 'open') {
      const root = await navigator.storage.getDirectory();
      files.set(key, await shareFile(await (await root.getDirectoryHandle(folder)).getFileHandle(name)));
    } else if (verb === 'flush') {
      const file = files.get(key);
      if (file === undefined) throw new Error(`${key} is not open`);
      file.flush();
    } else {
      files.get(key)?.close();
      files.delete(key);
    }
  };
  addEventListener('message', ({ data }: MessageEvent<Request>) => {
    // Why it could not be done is found out by whoever asked, who then flushes by himself.
    const answer = (done: boolean): void => postMessage({ id: data.id, done } satisfies Answer);
    obey(data).then(() => answer(true), () => answer(false));
  });
}

/** One file, as far as the flushing worker has to do with it. */
export interface Flushing {
  /** Whether everything that was written before is durable now; false where that has to be seen to here. */
  flush(): Promise<boolean>;
  close(): Promise<void>;
}

/** The other end of it, in the worker that writes. */
export class Flusher {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (done: boolean) => void>();
  #next = 1;
  #dead = false;

  private constructor(script: string) {
    this.#worker = new Worker(script, { type: 'module', name: FLUSHER });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.#waiting.get(data.id)?.(data.done);
      this.#waiting.delete(data.id);
    };
    this.#worker.onerror = () => {
      this.#dead = true;
      for (const answer of this.#waiting.values()) answer(false);
      this.#waiting.clear();
    };
  }

  /** Null where a worker cannot have a worker, or two cannot have a file: then whoever writes flushes. */
  static start(): Flusher | null {
    return typeof Worker === 'undefined' || !canShareFiles() ? null : new Flusher(location.href);
  }

  file(folder: string, name: string): Flushing {
    const opened = this.#ask('open', folder, name);
    return {
      flush: async () => (await opened) && this.#ask('flush', folder, name),
      close: async () => void ((await opened) && (await this.#ask('close', folder, name))),
    };
  }

  #ask(verb: Request['verb'], folder: string, name: string): Promise<boolean> {
    if (this.#dead) return Promise.resolve(false);
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, verb, folder, name } satisfies Request);
    });
  }
}
