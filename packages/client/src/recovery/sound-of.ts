import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { contentOf } from '../replica/content.ts';
import type { MessageContent, MessageRow } from '../replica/row.ts';
import { sameValue } from '../stores/same-value.ts';
import { openMessage } from '../sync/fetch-message.ts';
import { type CopyReader, DRAFTS, filesOf, findLine, lineAt, type MessageLine, readSealed, unsentLines } from './copy-format.ts';

/** These are about one message: what the copy has of the others may be whole. That its place cannot be reached is about all of them. */
const DAMAGE: ReadonlySet<FailureCode> = new Set<FailureCode>(['blob.damaged', 'backup.damaged', 'backup.missing', 'backup.key', 'backup.newer']);

/**
 * The sealed sound of a message out of the file `path` of a copy, held to the hashes of its parts and to that of the whole; null where it is not what was
 * said. Fails with what the place of the copy fails with as a whole.
 */
export async function soundOf(reader: CopyReader, path: string, { sound, blobs }: { readonly sound: number | null; readonly blobs: readonly BlobRef[] }, content: MessageContent): Promise<readonly Uint8Array<ArrayBuffer>[] | null> {
  try {
    const sealed = await readSealed(reader, path, sound ?? 0, blobs);
    await openMessage(content, sealed);
    return sealed;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

/** The same of a message that was sent: held to the hashes that its event names, where that is here (`row`), and to its own. */
export async function soundOfSent(reader: CopyReader, line: MessageLine, row: Pick<MessageRow, 'blobs' | 'content'> | undefined): Promise<readonly Uint8Array<ArrayBuffer>[] | null> {
  if (row !== undefined && !sameValue(row.blobs, line.blobs)) return null;
  return await soundOf(reader, filesOf(line.log, line.seq).sound, line, row?.content ?? line.content);
}

/** Whether a copy has the sound of a message that is known here, whole. Fails where nobody can say what the copy has. */
export async function holdsSoundFor(reader: CopyReader, row: MessageRow): Promise<boolean> {
  const line = await lineAt(reader, row);
  return line !== null && line.sound !== null && (await soundOfSent(reader, line, row)) !== null;
}

/** Whether a failure says that something in a copy is not what it should be, and not that its place is away. */
export function isDamage(error: unknown): error is Failure {
  return error instanceof Failure && DAMAGE.has(error.code);
}

/** Whether a copy has the sound of a message, sent or not, whole; null: no list names it, and one of them cannot be read. */
export async function holdsSound(reader: CopyReader, message: Id): Promise<boolean | null> {
  let without: false | null = false;
  const passOver = (error: unknown): boolean => {
    if (isDamage(error)) without = null;
    return isDamage(error);
  };
  try {
    const line = await findLine(reader, message, passOver);
    if (line !== null && line.sound !== null) return (await soundOfSent(reader, line, undefined)) !== null;
    const unsent = (await unsentLines(reader)).find(({ body }) => body.take === message);
    if (unsent === undefined) return without;
    return unsent.sound !== null && (await soundOf(reader, DRAFTS.sound, unsent, contentOf(unsent.body.message))) !== null;
  } catch (error) {
    if (passOver(error)) return null;
    throw error;
  }
}
