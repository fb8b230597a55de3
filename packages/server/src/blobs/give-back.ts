import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Ports } from '../ports.ts';

/** What taking bytes back needs of a server. */
export type GivingPorts = Pick<Ports, 'store' | 'blobs' | 'sums' | 'clock'>;

/**
 * Takes bytes back that this server lost: those that an event names which the person can read, and no others. What is there as it should be is
 * left alone. Fails with `not-found` and `blob.mismatch`.
 */
export async function giveBack({ store, blobs, sums, clock }: GivingPorts, person: Id, blob: Id, bytes: Uint8Array): Promise<void> {
  const named = await store.uploads.named(person, blob, clock.now());
  if (named === null) throw new Failure('not-found', {});
  if (bytes.length !== named.length || sums.of(bytes) !== named.sha256) throw new Failure('blob.mismatch', { blob });
  const there = async (): Promise<boolean> => (await stored(blobs, blob, named.length).then((found) => found !== null && sums.of(found) === named.sha256));
  if ((await store.uploads.readable(person, blob, clock.now())) !== null && (await there())) return;
  await blobs.write(blob, 0, bytes);
  if (!(await store.uploads.returned(named, clock.now()))) {
    // What named it was let go for good while the bytes were written: nothing would ever remove them.
    await blobs.remove(blob);
    throw new Failure('not-found', {});
  }
  // What was lost may just have been cleared away: then it is given once more.
  if (!(await there())) throw new Failure('server.busy', { blob });
}

/** Null where any of it is missing or cannot be read. */
async function stored(blobs: Ports['blobs'], blob: Id, length: number): Promise<Uint8Array | null> {
  try {
    return await blobs.read(blob, 0, length);
  } catch {
    // Whatever the disk says about it: it is not there as it should be, which is why it is given back.
    return null;
  }
}
