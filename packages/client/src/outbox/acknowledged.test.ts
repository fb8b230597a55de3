import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyLog, type LogRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { acknowledgedRows, postAgain } from './acknowledged.ts';
import { compose } from './compose.ts';
import type { OutboxRow } from './row.ts';

const [ME, LOG, ONE, DEVICE] = ['0000000000000000000000000p', '0000000000000000000000000f', '0000000000000000000000000m', '0000000000000000000000000d'];
const event = compose({ id: ONE, log: LOG, device: DEVICE, class: 'message', body: { kind: 'plain' } });
const row: OutboxRow = { id: ONE, owner: ME, conversation: LOG, made: 1, parts: [], state: { at: 'acknowledged', order: 1, seq: 5, time: 1 }, event: { ...event, sealed: { body: 'sealed' } } };
const log: LogRow = { ...emptyLog, id: LOG, kind: 'group', members: [], applied: 4 };

/** What becomes of a message that was acknowledged as number 5. */
async function looked(change: Partial<LogRow>, head: number | null): Promise<[at: string, sealed: boolean]> {
  const store = memoryStore();
  await store.commit([{ put: keys.row(ONE), value: row }, { put: keys.log(LOG), value: { ...log, ...change } }]);
  await postAgain(store, await acknowledgedRows(store, ME), new Map(head === null ? [] : [[LOG, head]]));
  const now = (await store.get(keys.row(ONE))) as OutboxRow;
  return [now.state.at, now.event?.sealed !== null];
}

test('[BACK3] what was acknowledged is sent again, sealed anew, where the log ends before it, has another in its place, or is not known any more', async () => {
  assert.deepEqual(await looked({}, 4), ['posted', false]);
  assert.deepEqual(await looked({ applied: 6 }, 6), ['posted', false]);
  assert.deepEqual(await looked({ lost: 0 }, null), ['posted', false]);
});

test('[BACK3] what was acknowledged is not sent again while it is on its way back, nor where the server says nothing of what its person has left', async () => {
  assert.deepEqual(await looked({}, 5), ['acknowledged', true]);
  assert.deepEqual(await looked({}, null), ['acknowledged', true]);
});

test('[BACK3] what its person had taken back is not sent again, though its removal is lost as well: it is given up', async () => {
  const store = memoryStore();
  await store.commit([{ put: keys.row(ONE), value: { ...row, takenBack: true } }, { put: keys.log(LOG), value: log }]);
  assert.deepEqual((await postAgain(store, await acknowledgedRows(store, ME), new Map([[LOG, 4]]))).map(({ id }) => id), [ONE]);
  assert.equal(await store.get(keys.row(ONE)), undefined);
  assert.equal(((await store.get(keys.row(`${ONE}-gone`))) as OutboxRow).state.at, 'cancelled');
});
