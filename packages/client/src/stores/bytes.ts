import { concat } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from './keys.ts';

/** Sealed bytes lie in the store as pieces by offset. */

function offsetOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1));
}

/** The bytes [from, to) of a blob, as far as they are here without a gap. */
export async function readBytes(store: Store, blob: Id, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  if (to <= from) return new Uint8Array();
  const [first] = await store.list({ from: below(`b/${blob}`).from, to: keys.bytes(blob, from + 1), reverse: true, limit: 1 });
  if (first === undefined) return new Uint8Array();
  const rest = await store.list({ from: keys.bytes(blob, from + 1), to: keys.bytes(blob, to) });
  const chunks: Uint8Array[] = [];
  let at = from;
  for (const [key, value] of [first, ...rest]) {
    const start = offsetOf(key);
    if (!(value instanceof Uint8Array) || start > at) break;
    chunks.push(value.subarray(at - start, to - start));
    at = Math.max(at, Math.min(to, start + value.length));
  }
  return concat(chunks);
}

/** Drops all bytes of a blob. */
export async function dropBytes(store: Pick<Store, 'list'>, blob: Id): Promise<Change[]> {
  return (await store.list(below(`b/${blob}`))).map(([drop]): Change => ({ drop }));
}
