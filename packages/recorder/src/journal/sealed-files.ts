import { concat, utf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import { KeyStream, streamed } from './key-stream.ts';

/**
 * Files that nobody reads without a secret: what lies on a device once its owner has signed out. A file is kept in stretches `NAME.s0`, `NAME.s1` ...,
 * each under a key of its own:
 *
 *     stretch = mark (8) | byte of the file where it begins (8, little-endian) | salt (32) | AES-256-CTR of what was appended
 *     key     = HKDF-SHA-256 of the secret, with the salt
 *
 * A stretch counts for everything from its beginning on. One begins with each opening and with each cut, so that no place of a key's stream is ever used
 * twice, not even after a power cut. It hides, and proves nothing: damage shows in the journal's own checksums, and who can write to these
 * files could as well change the page.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const MARK = utf8('earshotS');
const SALT_BYTES = 32;
const HEADER_BYTES = MARK.length + 8 + SALT_BYTES;
const STRETCH = /^(.+)\.s(\d+)$/;

interface Stretch {
  readonly start: number;
  readonly key: CryptoKey;
}

/** Bytes [from, to) of the file. */
interface Segment extends Stretch {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** `secret`: 32 random bytes, one for each person. */
export async function sealedFiles(inner: JournalFiles, secret: Bytes, random: Random): Promise<JournalFiles> {
  return new SealedFiles(inner, await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']), random);
}

/** What a version before this one wrote as it was recorded. Killed at any moment it begins again: until its plain file is gone, that one counts. */
export async function sealPlainFiles(inner: JournalFiles, sealed: JournalFiles): Promise<void> {
  for (const name of (await inner.list()).filter((one) => !STRETCH.test(one) && !one.startsWith('.'))) {
    const bytes = await inner.read(name);
    await sealed.remove(name);
    const file = await sealed.create(name);
    try {
      await file.append(bytes);
      await file.flush();
    } finally {
      await file.close();
    }
    await inner.remove(name);
  }
}

class SealedFiles implements JournalFiles {
  readonly #inner: JournalFiles;
  readonly #secret: CryptoKey;
  readonly #random: Random;
  /** Files by name, with how many stretches each had when last looked. */
  #counts = new Map<string, number>();
  /** By the name of the stretch. What its header says never changes. */
  readonly #stretches = new Map<string, Stretch>();

  constructor(inner: JournalFiles, secret: CryptoKey, random: Random) {
    this.#inner = inner;
    this.#secret = secret;
    this.#random = random;
  }

  async create(name: string): Promise<JournalFile> {
    await this.#look();
    if (this.#counts.has(name)) throw new Error(`there is a file ${name}`);
    const file = new SealedFile(this, name, 0);
    await file.begin();
    return file;
  }

  async open(name: string): Promise<JournalFile> {
    await this.#look();
    return new SealedFile(this, name, await this.size(name));
  }

  async read(name: string, from = 0, to = Number.POSITIVE_INFINITY): Promise<Bytes> {
    // Another page may have gone on with it.
    if (from === 0) await this.#look();
    const pieces = (await this.#segments(name)).map(async (segment): Promise<Bytes> => {
      const [first, last] = [Math.max(from, segment.from), Math.min(to, segment.to)];
      if (first >= last) return new Uint8Array(0);
      const { start, key } = segment;
      const sealed = await this.#inner.read(segment.name, HEADER_BYTES + first - start, HEADER_BYTES + last - start);
      return await streamed(key, first - start, sealed);
    });
    return concat(await Promise.all(pieces));
  }

  async size(name: string): Promise<number> {
    return (await this.#segments(name)).at(-1)?.to ?? 0;
  }

  async list(): Promise<string[]> {
    await this.#look();
    return [...this.#counts.keys()].sort();
  }

  /** The first one last: what is left when it is cut off is still a file, and can be removed again. */
  async remove(name: string): Promise<void> {
    await this.#look();
    for (let number = (this.#counts.get(name) ?? 0) - 1; number >= 0; number -= 1) {
      await this.#inner.remove(stretchOf(name, number));
      this.#stretches.delete(stretchOf(name, number));
    }
    this.#counts.delete(name);
  }

  /** A new stretch, durable when this resolves, behind what the ones before will have after a power cut as well. */
  async begin(name: string, start: number): Promise<{ readonly file: JournalFile; readonly key: CryptoKey }> {
    const number = this.#counts.get(name) ?? 0;
    if (number > 0) await this.#settle(stretchOf(name, number - 1));
    const header = concat([MARK, new Uint8Array(8), this.#random.bytes(SALT_BYTES)]);
    new DataView(header.buffer).setFloat64(MARK.length, start, true);
    const file = await this.#inner.create(stretchOf(name, number));
    this.#counts.set(name, number + 1);
    try {
      await file.append(header);
      await file.flush();
      return { file, key: (await this.#stretch(header)).key };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #settle(stretch: string): Promise<void> {
    const file = await this.#inner.open(stretch);
    try {
      await file.flush();
    } finally {
      await file.close();
    }
  }

  async #look(): Promise<void> {
    const counts = new Map<string, number>();
    for (const one of await this.#inner.list()) {
      const [, name, number] = STRETCH.exec(one) ?? [];
      if (name !== undefined) counts.set(name, Math.max(counts.get(name) ?? 0, Number(number) + 1));
    }
    this.#counts = counts;
  }

  /** What counts of which stretch. One whose beginning was cut off holds nothing. */
  async #segments(name: string): Promise<Segment[]> {
    if (!this.#counts.has(name)) await this.#look();
    const count = this.#counts.get(name);
    if (count === undefined) throw new Error(`there is no file ${name}`);
    let segments: Segment[] = [];
    for (let number = 0; number < count; number += 1) {
      const stretch = stretchOf(name, number);
      const size = await this.#inner.size(stretch);
      const known = this.#stretches.get(stretch) ?? (size < HEADER_BYTES ? null : await this.#stretch(await this.#inner.read(stretch, 0, HEADER_BYTES)));
      if (known === null || known.start > (segments.at(-1)?.to ?? 0)) continue;
      this.#stretches.set(stretch, known);
      const before = segments.filter(({ from }) => from < known.start).map((one) => ({ ...one, to: Math.min(one.to, known.start) }));
      segments = [...before, { ...known, name: stretch, from: known.start, to: known.start + size - HEADER_BYTES }];
    }
    return segments;
  }

  async #stretch(header: Bytes): Promise<Stretch> {
    if (!MARK.every((byte, at) => byte === header[at])) throw new Error('this is no stretch');
    const salt = header.slice(HEADER_BYTES - SALT_BYTES);
    const derived = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8('earshot journal 1') };
    const key = await crypto.subtle.deriveKey(derived, this.#secret, { name: 'AES-CTR', length: 256 }, false, ['encrypt']);
    return { start: new DataView(header.buffer, header.byteOffset).getFloat64(MARK.length, true), key };
  }
}

class SealedFile implements JournalFile {
  readonly #files: SealedFiles;
  readonly #name: string;
  #start: number;
  /** Begun with the first bytes that are appended: whoever only looks leaves nothing behind. */
  #stretch: { readonly file: JournalFile; readonly stream: KeyStream } | null = null;

  constructor(files: SealedFiles, name: string, size: number) {
    this.#files = files;
    this.#name = name;
    this.#start = size;
  }

  get size(): number {
    return this.#start + (this.#stretch === null ? 0 : this.#stretch.file.size - HEADER_BYTES);
  }

  async begin(): Promise<void> {
    const { file, key } = await this.#files.begin(this.#name, this.#start);
    this.#stretch = { file, stream: new KeyStream((position, bytes) => streamed(key, position, bytes)) };
  }

  async append(bytes: Bytes): Promise<void> {
    if (this.#stretch === null) await this.begin();
    if (this.#stretch !== null) await this.#stretch.file.append(await this.#stretch.stream.sealed(this.size - this.#start, bytes));
  }

  async flush(): Promise<void> {
    await this.#stretch?.file.flush();
  }

  async truncate(size: number): Promise<void> {
    await this.flush();
    await this.close();
    this.#start = size;
    await this.begin();
  }

  async close(): Promise<void> {
    const stretch = this.#stretch;
    this.#start = this.size;
    this.#stretch = null;
    await stretch?.file.close();
  }
}

function stretchOf(name: string, number: number): string {
  return `${name}.s${number}`;
}
