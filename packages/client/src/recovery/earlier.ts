import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { contentOf } from '../replica/content.ts';
import type { MessageRow } from '../replica/row.ts';
import { sameValue } from '../stores/same-value.ts';
import { type CopyReader, DRAFTS, filesOf, lineAt, readSealed, unsentLines } from './copy-format.ts';
import { isDamage, soundOf, soundOfSent } from './sound-of.ts';

/** Where the sound of a message lies in a backup: its first blob, the others behind it. */
interface Laid {
  readonly reader: CopyReader;
  readonly path: string;
  readonly from: number;
}

/** A message whose sound is looked for, or something that was not sent. */
export type Sought = Pick<MessageRow, 'id' | 'blobs'> & (Pick<MessageRow, 'log' | 'seq' | 'content'> | { readonly body: object });

/**
 * The backups that were made before, the newest first. What is whole in one of them goes on into the next, wherever else it was lost: else it would be
 * forgotten with the last that has it, and nobody would have decided that.
 */
export class Earlier {
  readonly #backups: readonly CopyReader[];
  readonly #found = new Map<Id, Promise<Laid | null>>();

  constructor(backups: readonly CopyReader[]) {
    this.#backups = backups;
  }

  /** Whether one has its sound, held to its hashes. */
  async has(sought: Sought): Promise<boolean> {
    return (await this.#find(sought)) !== null;
  }

  /** The blob that begins `at` bytes behind the beginning of the sound; null where none has it. */
  async bytes(sought: Sought, blob: BlobRef, at: number): Promise<Uint8Array | null> {
    const laid = await this.#find(sought);
    return laid === null ? null : ((await readSealed(laid.reader, laid.path, laid.from + at, [blob]))[0] ?? null);
  }

  async #find(sought: Sought): Promise<Laid | null> {
    const known = this.#found.get(sought.id) ?? this.#look(sought);
    this.#found.set(sought.id, known);
    return await known;
  }

  async #look(sought: Sought): Promise<Laid | null> {
    for (const reader of this.#backups) {
      try {
        const laid = 'content' in sought ? await sentIn(reader, sought) : await unsentIn(reader, sought);
        if (laid !== null) return laid;
      } catch (error) {
        // An older one may have it whole.
        if (!isDamage(error)) throw error;
      }
    }
    return null;
  }
}

async function sentIn(reader: CopyReader, row: Pick<MessageRow, 'id' | 'log' | 'seq' | 'blobs' | 'content'>): Promise<Laid | null> {
  const line = await lineAt(reader, row);
  if (line === null || line.sound === null || (await soundOfSent(reader, line, row)) === null) return null;
  return { reader, path: filesOf(row.log, row.seq).sound, from: line.sound };
}

async function unsentIn(reader: CopyReader, { id, blobs }: Pick<MessageRow, 'id' | 'blobs'>): Promise<Laid | null> {
  const line = (await unsentLines(reader)).find((one) => one.id === id && sameValue(one.blobs, blobs));
  if (line === undefined || line.sound === null || (await soundOf(reader, DRAFTS.sound, line, contentOf(line.body.message))) === null) return null;
  return { reader, path: DRAFTS.sound, from: line.sound };
}
