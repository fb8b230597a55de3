import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../account/session.ts';
import { Bus } from '../bus.ts';
import { emptyLog, type LogRow, type MessageRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Healing } from './healing.ts';

const [ME, LOG, OWN, ONE] = ['0000000000000000000000000p', '0000000000000000000000000f', '0000000000000000000000000n', '0000000000000000000000000m'];
const spoilt = Uint8Array.of(1, 2, 3);

/** Which logs are read again once this row is damaged, and what stands in its place. */
async function healed(row: string): Promise<{ readonly again: string[]; readonly now: unknown }> {
  const store = memoryStore();
  const logs = [LOG, OWN].map((id): LogRow => ({ ...emptyLog, id, kind: 'group', members: [], applied: 9 }));
  const message: MessageRow = { id: ONE, log: LOG, seq: 3, at: 1, person: ME, content: null, blobs: [], removed: null, here: false, heard: false, heardBy: [], failure: null };
  await store.commit([...logs.map((value) => ({ put: keys.log(value.id), value })), { put: keys.message(LOG, 3), value: message }, { put: `damaged/${row}`, value: spoilt }]);
  const session = { current: async () => ({ person: ME }) } as unknown as Session;
  await new Healing({ store, session, bus: new Bus(null), ownLog: async () => OWN, catchUp: async () => undefined }).look();
  assert.deepEqual(await store.list(below('damaged')), []);
  const rows = await Promise.all([LOG, OWN].map(async (id) => (await store.get(keys.log(id))) as LogRow));
  return { again: rows.filter(({ applied }) => applied === 0).map(({ id }) => id), now: await store.get(row) };
}

test('[HEAL2] what stands in no event of its conversation is read again in her own log, or follows from what is here', async () => {
  for (const row of [keys.hiddenAhead(ONE), keys.expiry, keys.compared(ME), keys.accepted(ME), keys.sought(ONE), keys.place(ONE)]) assert.deepEqual(await healed(row), { again: [OWN], now: undefined }, row);
  assert.deepEqual(await healed(keys.late(LOG, 3)), { again: [LOG], now: undefined });
  assert.deepEqual(await healed(keys.due(77, LOG, 3)), { again: [], now: ONE });
  assert.deepEqual(await healed(keys.due(77, LOG, 4)), { again: [], now: undefined });
  assert.deepEqual(await healed(keys.named('blob', ONE)), { again: [], now: true });
});
