import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { contentOf } from '../replica/content.ts';
import type { MessageContent } from '../replica/row.ts';
import { openMessage } from '../sync/fetch-message.ts';
import { type CopyReader, DRAFTS, filesOf, findLine, readSealed, unsentLines } from './copy-format.ts';

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
    if (error instanceof Failure && DAMAGE.has(error.code)) return null;
    throw error;
  }
}

/** Whether a copy has the sound of a message, sent or not, whole. One that is damaged has not what cannot be read of it. */
export async function holdsSound(reader: CopyReader, message: Id): Promise<boolean> {
  try {
    const line = await findLine(reader, message);
    if (line !== null && line.sound !== null) return (await soundOf(reader, filesOf(line.log, line.seq).sound, line, line.content)) !== null;
    const unsent = (await unsentLines(reader)).find(({ body }) => body.take === message);
    return unsent !== undefined && unsent.sound !== null && (await soundOf(reader, DRAFTS.sound, unsent, contentOf(unsent.body.message))) !== null;
  } catch (error) {
    if (error instanceof Failure && DAMAGE.has(error.code)) return false;
    throw error;
  }
}
