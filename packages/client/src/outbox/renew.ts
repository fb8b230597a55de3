import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Failure } from '@earshot/protocol/failures.ts';
import type { Store } from '../store.ts';
import { dropBytes, readBytes } from '../stores/bytes.ts';
import { keys } from '../stores/keys.ts';
import { renamed } from './compose.ts';
import type { OutboxRow } from './row.ts';

/** The same bytes under new ids: those named, or all of the take when the server did not say which. Answers the new ids; none where the row has changed meanwhile. */
export async function renew({ store, random }: { readonly store: Store; readonly random: Random }, row: OutboxRow, failure: Failure): Promise<Id[]> {
  const named = row.parts.filter(({ blob }) => blob === failure.evidence['blob']);
  const renewed = new Map((named.length > 0 ? named : row.parts).map(({ blob }) => [blob, makeId(random)]));
  const parts = row.parts.map((part) => ({ ...part, blob: renewed.get(part.blob) ?? part.blob }));
  const next = { ...row, parts, event: row.event === null ? null : renamed(row.event, parts) };
  const changes = [];
  for (const { blob, sealed } of row.parts.filter((part) => renewed.has(part.blob))) {
    const bytes = await readBytes(store, blob, 0, sealed);
    changes.push(...(await dropBytes(store, blob)), { put: keys.bytes(renewed.get(blob) ?? blob, 0), value: bytes });
  }
  const kept = await store.commit([{ expect: keys.row(row.id), value: row }, { put: keys.row(row.id), value: next }, ...changes]);
  return kept ? [...renewed.values()] : [];
}
