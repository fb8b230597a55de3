import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { DEVICE, device, eventAt, FakeServer, history, idOf, LOG, ME, OTHER, session } from './testing/device.ts';

/** What befalls the frames of a connection. */
const troubles = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('append' as const), tell: fc.boolean() }),
    fc.record({ kind: fc.constant('tell' as const), seq: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('cut' as const) }),
    fc.record({ kind: fc.constant('noise' as const), text: fc.constantFrom('', '{', '{"type":"event"}', '{"type":"unheard-of"}', 'null') }),
  ),
  { minLength: 1, maxLength: 30 },
);

test('[SYNC1] frames may be lost, doubled and out of order, connections cut: the replica has every event once, in order', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(troubles, async (story) => {
      const server = new FakeServer();
      const { sync, tasks, row, replica } = await device(server);
      tasks.run(() => sync.work());
      for (const step of story) {
        if (step.kind === 'append' && server.head < history.length) {
          server.head += 1;
          if (step.tell) server.frame(server.head);
        }
        // Only what exists can be told.
        if (step.kind === 'tell' && step.seq <= server.head) server.frame(step.seq);
        if (step.kind === 'cut') server.cut();
        if (step.kind === 'noise') server.handlers?.frame(step.text);
        if (server.head % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      server.cut();
      // A replica that never gets there fails by the test's time limit.
      while (((await row())?.applied ?? 0) < server.head) await new Promise((resolve) => setImmediate(resolve));
      const now = await row();
      assert.equal(now?.applied ?? 0, server.head);
      assert.equal(now?.title ?? null, server.head === 0 ? null : `title ${server.head}`);
      const events = await replica.store.list({ from: `r/event/${LOG}/`, to: `r/event/${LOG}0` });
      assert.deepEqual(events.map(([, value]) => (value as LoggedEvent).seq), history.slice(0, server.head).map(({ seq }) => seq));
      await tasks.end();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

for (const error of [new Failure('device.storage', { reason: 'lost' }), new DOMException('the connection is closed', 'InvalidStateError')]) {
  test(`[DISK8] a read of who is signed in that fails once (${error.name}) is waited for as for a way that is away, and all goes on`, async (t) => {
    const inner = memoryStore();
    const failing = [error];
    const get: Store['get'] = async (key) => {
      const failure = key === keys.session ? failing.pop() : undefined;
      if (failure !== undefined) throw failure;
      return await inner.get(key);
    };
    const server = new FakeServer();
    const { sync, bus, tasks, row } = await device(server, { ...inner, get });
    t.after(() => tasks.end());
    server.head = 1;
    const waits: unknown[] = [];
    bus.on(({ type }) => void (type === 'connection' && sync.state.state === 'waiting' && waits.push(sync.state.reason?.code)));
    tasks.run(() => sync.work());
    for (let turn = 0; turn < 5_000 && (await row())?.applied !== 1; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await row())?.applied, 1);
    assert.deepEqual(waits, ['device.storage']);
  });
}

test('[SYNC11] what came into the store is told, also where the request behind it fails', async (t) => {
  const server = new FakeServer();
  const { sync, bus, tasks, row } = await device(server);
  t.after(() => tasks.end());
  server.head = 1;
  server.fails.add('/v1/people');
  const told: string[] = [];
  bus.on(({ type }) => void told.push(type));
  await assert.rejects(sync.catchUp(), { code: 'network.unreachable' });
  assert.equal((await row())?.title, 'title 1');
  assert.ok(told.includes('conversations'));
});

test('[SYNC2] what this version cannot read is kept as it is, and the log goes on behind it', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  await sync.catchUp();
  const strange: LoggedEvent = { seq: 3, at: 3, person: OTHER, envelope: { version: 1, id: idOf(3), log: LOG, device: DEVICE, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never' }, body: 'ZnJvbSB0aGUgZnV0dXJl', removed: null, grant: null };
  await replica.takeEvents(session, LOG, [strange, eventAt(4)]);
  const now = await row();
  assert.equal(now?.applied, 4);
  assert.equal(now?.delivered, 4);
  assert.deepEqual(await replica.store.get(keys.event(LOG, 3)), { ...strange, hash: 'hash 3' });
  const message = (await replica.store.get(keys.message(LOG, 3))) as { failure: { code: string } };
  assert.equal(message.failure.code, 'event.unreadable');
  await tasks.end();
});

test('[SYNC5] what another page brought before it ended is told by the one that keeps the connection', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };
  const told = (delivered: number) => (): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered }));
  await turns(told(2));
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 3, delivered: 3 } }]);
  server.handlers?.frame('{"type":"pong"}');
  await turns(told(3));
  await tasks.end();
});

test('[KEEP1] a clock of the server that is put right is heard of over a connection that stays', async () => {
  const server = new FakeServer();
  const { sync, tasks, time } = await device(server);
  tasks.run(() => sync.work());
  for (let turn = 0; turn < 5_000 && sync.state.state !== 'live'; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const now = time.now() + 25 * 3_600_000;
  server.handlers?.frame(JSON.stringify({ type: 'pong', now }));
  assert.ok(time.now() >= now);
  server.handlers?.frame('{"type":"pong"}');
  assert.ok(time.now() >= now, 'an earlier version does not say it');
  await tasks.end();
});

test('[REP8] a trouble that the server was told of is over with the message: its sender hears so at once, not with the next connection', async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const told = (cursor: object): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered: 2, ...cursor }));
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => told({}));
  const trouble = { seq: 1, code: 'message.missing' } as const;
  await replica.store.commit([{ put: keys.trouble(LOG, 1), value: trouble.code }]);
  await sync.receipts.applied(LOG);
  await turns(() => told({ troubles: [trouble] }));
  // The server's word that it was heard.
  await replica.reported(LOG, 2, [trouble]);
  await replica.store.commit([{ drop: keys.trouble(LOG, 1) }]);
  bus.announce({ type: 'removed', conversation: LOG, message: idOf(1), person: ME, rule: 'let-go' });
  await turns(() => told({ troubles: [] }));
  await tasks.end();
});

test('[SYNC9] what is whole behind a message that ended before its bytes came is told at once', async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const told = (delivered: number): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered }));
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => told(2));
  const row = (await replica.store.get(keys.log(LOG))) as LogRow | undefined;
  assert(row !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...row, applied: 3, delivered: 3 } }]);
  bus.announce({ type: 'removed', conversation: LOG, message: idOf(1), person: ME, rule: 'expired' });
  await turns(() => told(3));
  await tasks.end();
});

for (const heard of [true, false]) test(`[KEEP11] what was taken back in vain, and whose bytes are not here, is asked for ${heard ? 'at once' : 'soon, where another page knows it and this one did not hear'}, not with the next connection`, async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => server.told.some((text) => text.includes('cursor')));
  const message: MessageRow = { id: idOf(1), log: LOG, seq: 1, at: 1, person: ME, content: null, blobs: [], removed: null, here: false, heard: true, heardBy: [], failure: null };
  await replica.store.commit([{ put: keys.message(LOG, 1), value: message }, { put: keys.fetch(LOG, 1), value: message.id }]);
  const asksForIt = (): boolean => server.asked.some((path) => path.startsWith(`/v1/logs/${LOG}/events?after=0`));
  assert.ok(!asksForIt());
  if (!heard) server.handlers?.frame('{"type":"pong"}');
  else bus.announce({ type: 'refused', conversation: LOG, event: idOf(9), code: 'not-found', evidence: {} });
  await turns(asksForIt);
  await tasks.end();
});

test('[SYNC6] what a device has said of itself does not count for the next one in its place: that has said nothing yet', async () => {
  const server = new FakeServer();
  server.head = 2;
  const { sync, tasks, replica, row } = await device(server);
  const said = (): string[] => server.asked.filter((path) => path.endsWith('/cursor'));
  await sync.synced();
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 9, delivered: 9, reported: 0 } }]);
  tasks.run(() => sync.work());
  for (let turn = 0; turn < 5_000 && !server.told.some((text) => text.includes('"delivered":9')); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  sync.reconnect({ ...session, device: 'another' });
  server.told.length = 0;
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 9, delivered: 2, reported: 0 } }]);
  await sync.receipts.delivered(LOG, 2);
  assert.deepEqual([...server.told, ...said()].filter((text) => text.includes('"delivered":9')), []);
  await replica.store.commit([{ drop: keys.log(LOG) }]);
  const before = server.asked.length;
  await sync.receipts.delivered(LOG, 5);
  assert.equal(server.asked.length, before, 'nor is anything said of what was wiped');
  await tasks.end();
});
