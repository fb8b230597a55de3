import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EventSealer } from '../sealer.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { compose, refOf } from './compose.ts';
import type { OutboxRow, PartRow } from './row.ts';
import { LOG, sealer, SESSION, turns, until, world, type World } from './testing/outbox-world.node.ts';

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

/** A take of six parts on its way: its first bytes are held until the test lets go of them. */
async function travelling(t: TestContext, id: string): Promise<World & { readonly letGo: () => void }> {
  const here = await world(t);
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  here.server.held.set(`${id}-part`, promise);
  await here.send(id, 6);
  here.outbox.kick(LOG);
  await until(() => here.server.asked.length === 2);
  return { ...here, letGo };
}

test('[SEND5] of what is given up while its bytes travel nothing more is sent, and what comes behind it goes at once, on a line that is silent as well', async (t) => {
  const { outbox, server, send, at } = await travelling(t, 'long');
  await send('next', true);
  assert.equal(await outbox.cancel('long'), true);
  server.held.clear();
  await until(async () => (await at('next')) === 'acknowledged');
  await outbox.settled();
  await until(() => server.asked.filter((asked) => asked.startsWith('DELETE')).length === 6);
  assert.deepEqual(server.asked.filter((asked) => asked.includes('long-part') && !asked.startsWith('DELETE')), ['HEAD /v1/uploads/long-part', 'HEAD /v1/uploads/long-part1']);
});

test('[SEND5] a request that creates what is given up meanwhile is waited for: come later, it would stay', async (t) => {
  const { outbox, server, send, at } = await world(t);
  const creating = Promise.withResolvers<void>();
  await send('long', 3);
  for (const blob of ['long-part', 'long-part1', 'long-part2']) outbox.fresh(blob);
  server.answers = creating.promise;
  outbox.kick(LOG);
  await until(() => server.asked.length === 2);
  assert.equal(await outbox.cancel('long'), true);
  await send('next', true);
  await turns();
  assert.equal(server.asked.length, 2);
  creating.resolve();
  await until(async () => (await at('next')) === 'acknowledged');
  await until(() => server.asked.filter((asked) => asked.startsWith('DELETE')).length === 2);
  await turns();
  assert.equal(server.asked.some((asked) => asked.includes('long-part2')), false, 'nothing of it was sent, so there is nothing to end');
});

test('[SEND5] what another window gives up goes no further than the request in flight', async (t) => {
  const { server, another, send, at, letGo } = await travelling(t, 'long');
  const other = await another();
  assert.equal(await other.cancel('long'), true);
  await send('next', true);
  letGo();
  await until(async () => (await at('next')) === 'acknowledged');
  assert.equal(server.asked.filter((asked) => asked.includes('long-part') && !asked.startsWith('DELETE')).length, 2);
});

test('[SEND5] [DRAFT1] a draft that is discarded while it is being shown is shown and taken back: its lane does not stand at sound that is given up', async (t) => {
  const { outbox, server, store, at } = await world(t);
  const part: PartRow = { blob: 'sound', key: '', packets: 1, bytes: 3, sealed: 3, sha256: 'hash' };
  const body = { kind: 'draft', take: 'take', conversation: LOG, made: 0, device: SESSION.device, message: {} } as unknown as Parameters<typeof compose>[0]['body'];
  const showing = compose({ id: 'showing', log: LOG, device: SESSION.device, class: 'signal', body, blobs: [refOf(part)] });
  const row = { owner: SESSION.person, conversation: LOG, made: 0, parts: [part] };
  await store.commit([
    { put: keys.row('take'), value: { ...row, id: 'take', state: { at: 'growing' }, event: null, shown: { event: 'showing', sha256: 'hash', discarded: false } } satisfies OutboxRow },
    { put: keys.row('showing'), value: { ...row, id: 'showing', state: { at: 'posted', order: 1 }, event: { ...showing, sealed: { body: 'sealed' } } } as unknown as OutboxRow },
    { put: keys.bytes('sound', 0), value: Uint8Array.of(1, 2, 3) },
  ]);
  const line = Promise.withResolvers<void>();
  server.answers = line.promise;
  outbox.kick(LOG);
  await until(() => server.asked.length === 1);
  assert.equal(await outbox.cancel('take'), true);
  line.resolve();
  await until(async () => (await at('showing')) === 'acknowledged' || (await at('showing')) === undefined);
});

test('[SEND5] [DRAFT1] what is given up for a row that names the same sound goes on travelling: a draft that is shown anew', async (t) => {
  const { store, at, letGo } = await travelling(t, 'draft');
  const before = (await store.get(keys.row('draft'))) as OutboxRow;
  const anew = compose({ id: 'anew', log: LOG, device: SESSION.device, class: 'message', body: { kind: 'title', title: 'anew' }, blobs: before.parts.map(refOf) });
  await store.commit([{ drop: keys.row('draft') }, { put: keys.row('anew'), value: { ...before, id: 'anew', state: { at: 'released', order: 2 }, event: anew } }]);
  letGo();
  await until(async () => (await at('anew')) === 'acknowledged');
});
