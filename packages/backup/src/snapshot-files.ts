import { concat } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Chunk, FileEntry } from './manifest.ts';
import type { Repository, Snapshot } from './repository.ts';

/** The files of one backup, read without laying them anywhere. Named only, it is opened with the first that is read: one that is broken fails then, and hides no other. */
export class SnapshotFiles {
  readonly #repository: Repository;
  readonly #secret: string;
  readonly #load: () => Promise<Snapshot>;
  #files: Promise<ReadonlyMap<string, FileEntry>> | null = null;
  /** The chunk opened last: what is read next lies behind it, most of the time. */
  #last: { readonly sealed: string; readonly plain: Uint8Array } | null = null;

  constructor(repository: Repository, snapshot: Snapshot | string, secret: string) {
    this.#repository = repository;
    this.#secret = secret;
    this.#load = () => (typeof snapshot === 'string' ? repository.snapshot(snapshot) : Promise.resolve(snapshot));
  }

  async paths(): Promise<readonly string[]> {
    return [...(await this.#listed()).keys()];
  }

  /** All of a file, or its bytes [from, to), as far as it goes. Opens only the chunks that they lie in. */
  async read(path: string, from = 0, to = Infinity): Promise<Uint8Array> {
    const file = (await this.#listed()).get(path);
    if (file === undefined) throw new Failure('backup.missing', { name: path });
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const chunk of file.chunks) {
      if (at < to && at + chunk.bytes > from) pieces.push((await this.#open(chunk)).subarray(Math.max(0, from - at), to - at));
      at += chunk.bytes;
    }
    return concat(pieces);
  }

  #listed(): Promise<ReadonlyMap<string, FileEntry>> {
    this.#files ??= this.#load().then(({ manifest }) => new Map(manifest.files.map((file) => [file.path, file])), (failure: unknown) => {
      // A place that is away may be back for whoever asks next.
      this.#files = null;
      throw failure;
    });
    return this.#files;
  }

  async #open(chunk: Chunk): Promise<Uint8Array> {
    if (this.#last?.sealed !== chunk.sealed) this.#last = { sealed: chunk.sealed, plain: await this.#repository.load(this.#secret, chunk) };
    return this.#last.plain;
  }
}
