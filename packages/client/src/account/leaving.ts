import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { openToAccount, sealToAccount } from '../keys/account-key.ts';
import { accountOf, type Chain } from '../keys/chain.ts';
import type { Primitives } from '../keys/primitives.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { listRows } from '../outbox/rows.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';

/**
 * When a person goes from a device, everything that she could read there is destroyed with its keys. What she said and did not send stays: sealed
 * to her account key first, so that nobody but she can open it, here and when she is back. Its bytes are sealed already. `chain`: hers.
 */
export async function leaving(store: Store, primitives: Primitives, person: Id, chain: Chain | undefined): Promise<Change[]> {
  // Before the rows: what is recorded meanwhile is in them, and not among these.
  const stored = await store.list(below('b'));
  const rows = chain === undefined ? [] : await listRows(store, person);
  const parcels = chain === undefined ? [] : await Promise.all(rows.map((row) => parcelOf(primitives, chain, row)));
  // Of whoever it is: what waits to be sent is nowhere else.
  const held = new Set((await listRows(store, null)).flatMap(({ parts }) => parts.map(({ blob }) => blob)));
  const others = new Set((await store.list(below('kept'))).flatMap(([key]) => key.split('/').slice(4)));
  const bytes = stored.filter(([key]) => !held.has(key.split('/')[1] ?? '') && !others.has(key.split('/')[1] ?? ''));
  const gone = [...(await store.list(below('r'))), ...(await store.list(below('k'))), ...bytes];
  const guards = rows.map((value): Change => ({ expect: keys.row(value.id), value }));
  return [...guards, ...gone.map(([drop]): Change => ({ drop })), ...rows.map(({ id }): Change => ({ drop: keys.row(id) })), ...parcels];
}

/** What was sealed for this person is hers again. `seedOf` gives the seed of an account generation. */
export async function returning(store: Store, primitives: Primitives, person: Id, seedOf: (generation: number) => Promise<Uint8Array<ArrayBuffer> | null>): Promise<Change[]> {
  const changes: Change[] = [];
  for (const [key, sealed] of await store.list(below(`kept/${person}`))) {
    const [, , generation = '', id = ''] = key.split('/');
    const seed = await seedOf(Number(generation));
    const plain = seed === null ? null : await openToAccount(primitives, person, Number(generation), seed, labelOf(id), sealed as Uint8Array<ArrayBuffer>);
    if (plain !== null) changes.push({ drop: key }, { put: keys.row(id), value: JSON.parse(fromUtf8(plain)) as OutboxRow });
  }
  return changes;
}

/** Sealed for a device and under a key that go now: it is sealed anew when it leaves. */
async function parcelOf(primitives: Primitives, chain: Chain, row: OutboxRow): Promise<Change> {
  const account = accountOf(chain);
  const plain = utf8(JSON.stringify({ ...row, event: row.event && { ...row.event, sealed: null } }));
  return { put: keys.kept(chain.person, account.generation, row.id, row.parts.map(({ blob }) => blob)), value: await sealToAccount(primitives, chain.person, account, labelOf(row.id), plain) };
}

function labelOf(id: Id): string {
  return `outbox ${id}`;
}
