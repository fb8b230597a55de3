import type { JournalFile, JournalFiles } from './journal-files.ts';

interface Held {
  bytes: Uint8Array<ArrayBuffer>;
  size: number;
  /** How many bytes a power cut would leave. */
  durable: number;
}

/** Files in memory, for tests: can fill up, fail, be torn, and forget what was not flushed. Never used for real recordings. */
export class MemoryFiles implements JournalFiles {
  readonly #files = new Map<string, Held>();
  /** Bytes that still fit; an append over it writes what fits and rejects, as disks do. */
  room = Number.POSITIVE_INFINITY;
  /** Over all calls. */
  bytesRead = 0;
  /** Set to make every append and flush reject with it. */
  fault: Error | null = null;

  async create(name: string): Promise<JournalFile> {
    if (this.#files.has(name)) throw new Error(`there is a file ${name}`);
    const held = { bytes: new Uint8Array(1_024), size: 0, durable: 0 };
    this.#files.set(name, held);
    return new MemoryFile(this, held);
  }

  async open(name: string): Promise<JournalFile> {
    return new MemoryFile(this, this.#find(name));
  }

  async read(name: string, from = 0, to = Number.POSITIVE_INFINITY): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes, size } = this.#find(name);
    const part = bytes.slice(from, Math.min(size, to));
    this.bytesRead += part.length;
    return part;
  }

  async size(name: string): Promise<number> {
    return this.#find(name).size;
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()].sort();
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }

  /** The disk as it is after the power failed: what was not flushed is gone. */
  afterPowerCut(): MemoryFiles {
    const after = new MemoryFiles();
    for (const [name, { bytes, durable }] of this.#files) after.#files.set(name, { bytes: bytes.slice(), size: durable, durable });
    return after;
  }

  #find(name: string): Held {
    const held = this.#files.get(name);
    if (held === undefined) throw new Error(`there is no file ${name}`);
    return held;
  }
}

class MemoryFile implements JournalFile {
  readonly #disk: MemoryFiles;
  readonly #held: Held;

  constructor(disk: MemoryFiles, held: Held) {
    this.#disk = disk;
    this.#held = held;
  }

  get size(): number {
    return this.#held.size;
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#disk.fault !== null) throw this.#disk.fault;
    const fits = bytes.subarray(0, Math.max(0, Math.min(bytes.length, this.#disk.room)));
    this.#disk.room -= fits.length;
    this.#write(fits);
    if (fits.length < bytes.length) throw new Error('the disk is full');
  }

  async flush(): Promise<void> {
    if (this.#disk.fault !== null) throw this.#disk.fault;
    this.#held.durable = this.#held.size;
  }

  async truncate(size: number): Promise<void> {
    this.#disk.room += this.#held.size - size;
    this.#held.size = size;
    this.#held.durable = Math.min(this.#held.durable, size);
  }

  async close(): Promise<void> {
    // There is nothing to give back.
  }

  #write(bytes: Uint8Array): void {
    const held = this.#held;
    if (held.size + bytes.length > held.bytes.length) {
      const larger = new Uint8Array(2 * (held.size + bytes.length));
      larger.set(held.bytes.subarray(0, held.size));
      held.bytes = larger;
    }
    held.bytes.set(bytes, held.size);
    held.size += bytes.length;
  }
}
