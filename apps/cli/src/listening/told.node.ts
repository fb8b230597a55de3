import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Id } from '@earshot/base/ids.ts';
import { fileFailure } from '../files/write-file.node.ts';

/**
 * Which messages this profile's `listen` has told of, so that each is told of once, however often it is started. A line is
 * written after the message was told of: who is killed between the two hears of it twice rather than never.
 */
export class Told implements AsyncDisposable {
  readonly #ids: Set<Id>;
  readonly #file: FileHandle | null;

  private constructor(ids: Set<Id>, file: FileHandle | null) {
    this.#ids = ids;
    this.#file = file;
  }

  /** `remember: false` leaves no trace. */
  static async open(profile: string, remember: boolean): Promise<Told> {
    const path = join(profile, 'told.txt');
    try {
      const file = remember ? await open(path, 'a', 0o600) : null;
      return new Told(new Set((await readFile(path, 'utf8').catch(missingIsEmpty)).split('\n')), file);
    } catch (error) {
      throw fileFailure(error, 'file.unwritable', path);
    }
  }

  has(message: Id): boolean {
    return this.#ids.has(message);
  }

  async add(message: Id): Promise<void> {
    this.#ids.add(message);
    await this.#file?.appendFile(`${message}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }
}

function missingIsEmpty(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
  throw error;
}
