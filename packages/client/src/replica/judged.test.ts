import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { EventOpener } from '../sealer.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Replica } from './replica.ts';
import type { LogRow } from './row.ts';
import { DEVICE, LOG, ME, OTHER, session } from './testing/opened.ts';

const info = (generation: number): LogInfo => {
  const member = (person: string) => ({ person, role: 'member', joined: 1, left: null, chain: 1 }) as const;
  return { id: LOG, kind: 'direct', head: 3, receipts: 0, generation, due: false, members: [member(ME), member(OTHER)] };
};
const closed: EventOpener = { open: async (events) => events.map((event) => ({ event, hash: '', content: null, failure: null, granted: null })) };

test('[GEN5] a key is as old as the event that began its generation, also where the server told of the generation before', async () => {
  const store = memoryStore();
  const replica = new Replica(store, closed);
  await store.commit([{ put: keys.session, value: session }]);
  const takes = async (seq: number, kind: Envelope['class'], generation: number): Promise<number> => {
    const envelope: Envelope = { version: 1, id: `${seq}`.padStart(26, '7'), log: LOG, device: DEVICE, generation, class: kind, blobs: [], refers: [], expiry: 'never' };
    await replica.takeInfo(ME, info(generation));
    await replica.takeEvents(session, LOG, [{ seq, at: seq * 1_000, person: OTHER, envelope, body: '', removed: null, grant: null }]);
    return ((await store.get(keys.log(LOG))) as LogRow).since;
  };
  assert.equal(await takes(1, 'create', 1), 1_000);
  assert.equal(await takes(2, 'message', 1), 1_000);
  assert.equal(await takes(3, 'key', 2), 3_000);
});
