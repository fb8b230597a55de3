import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EventSealer } from '../sealer.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { compose, refOf } from './compose.ts';
import type { OutboxRow, PartRow } from './row.ts';
import { LOG, sealer, SESSION, turns, until, world } from './testing/outbox-world.node.ts';

/** One take under one id, whose sound is in this blob. */
async function release(store: Store, order: number, blob: string): Promise<void> {
  const part: PartRow = { blob, key: '', packets: 1, bytes: 3, sealed: 3, sha256: 'hash' };
  const event = compose({ id: 'take', log: LOG, device: SESSION.device, class: 'message', body: { kind: 'title', title: blob }, blobs: [refOf(part)] });
  const row: OutboxRow = { id: 'take', owner: SESSION.person, conversation: LOG, made: 0, state: { at: 'released', order }, parts: [part], event };
  await store.commit([{ put: keys.row('take'), value: row }, { put: keys.bytes(blob, 0), value: Uint8Array.of(1, 2, 3) }]);
}

for (const [what, sealed] of [['comes to its end', null], ['fails for good', new Failure('not-found', { log: LOG })]] as const) {
  test(`[SEND5] what was given up while it was sealed, and sent again in another form, is sent as it is then, although the first sealing ${what} meanwhile`, async (t) => {
    const first = Promise.withResolvers<void>();
    const sealing: string[] = [];
    const seal: EventSealer['seal'] = async (event, session) => {
      sealing.push(event.envelope.id);
      if (sealing.length > 1) return await sealer.seal(event, session);
      await first.promise;
      if (sealed !== null) throw sealed;
      return await sealer.seal(event, session);
    };
    const store = memoryStore();
    const { outbox, server, at } = await world(t, store, { ...sealer, seal });
    const named: unknown[] = [];
    server.says = ({ method, path, body }) => {
      if (method === 'POST' && path.endsWith('/events')) named.push(...(JSON.parse(String(body)) as PostedEvent).envelope.blobs.map(({ id }) => id));
      return null;
    };
    await release(store, 1, 'whole');
    outbox.kick(LOG);
    await until(() => sealing.length > 0);
    assert.equal(await outbox.cancel('take'), true);
    await release(store, 2, 'cut');
    outbox.kick(LOG);
    await turns();
    first.resolve();
    await until(async () => (await at('take')) === 'acknowledged');
    assert.deepEqual(named, ['cut']);
  });
}
