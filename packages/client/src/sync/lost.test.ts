import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogInfo } from '@earshot/protocol/people.ts';
import { Aside } from '../replica/aside.ts';
import type { Replica } from '../replica/replica.ts';
import { emptyLog, type LogRow, type MessageRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import { Api } from '../wire/api.ts';
import { regained } from './regained.ts';
import { device, eventAt, FakeServer, idOf, impatient, LOG, ME, opener, OTHER, session } from './testing/device.ts';

test('[BACK3] of what the server lost it is told no receipt, and what it says of one is not believed: it is about what others said there since', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !(await isSo()); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(await isSo());
  };
  const told = (): string[] => server.told.filter((text) => text.includes('"cursor"'));
  await turns(() => told().length > 0);
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 4, delivered: 4 } }]);
  server.cut();
  await turns(async () => (await row())?.lost === 2 && server.handlers !== null);
  server.told.length = 0;
  await sync.receipts.owed();
  await sync.receipts.stuck(LOG, 5);
  assert.deepEqual(told(), []);
  const cursor = { person: OTHER, device: 'phone', delivered: 4, at: 1, troubles: [] };
  assert.deepEqual(await replica.takeCursor(session, LOG, cursor), []);
  assert.equal(await replica.store.get(keys.cursor(LOG, OTHER, 'phone')), undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 4, delivered: 4 } }]);
  await replica.takeCursor(session, LOG, cursor);
  assert.notEqual(await replica.store.get(keys.cursor(LOG, OTHER, 'phone')), undefined);
  await tasks.end();
});

test('[ACC1] what was asked for by somebody who has signed out meanwhile is not written for whoever comes next', async () => {
  const { tasks, replica } = await device(new FakeServer());
  const info: LogInfo = { id: LOG, kind: 'group', members: [{ person: ME, role: 'member', joined: 1, left: null, chain: 1 }], head: 1, receipts: 0, generation: 1, due: false };
  const people = [{ id: OTHER, handle: 'other', name: 'Other' }] as unknown as Parameters<Replica['takePeople']>[1];
  for (const now of [{ ...session, person: OTHER, device: 'another' }, { ...session, ended: 'session.revoked' as const }]) {
    await replica.store.commit([{ put: keys.session, value: now }]);
    assert.deepEqual([await replica.takeInfo(ME, info), await replica.takePeople(ME, people), await replica.takeDevices(ME, LOG, { devices: [], receipts: 1 })], [false, false, false]);
    assert.deepEqual(await replica.store.list({ from: 'r/', to: 'r0' }), []);
  }
  // A conversation of both: what comes for the one is not judged in the name of the other.
  const both: LogRow = { ...emptyLog, id: LOG, kind: 'group', members: [] };
  await replica.store.commit([{ put: keys.session, value: { ...session, person: OTHER, device: 'another' } }, { put: keys.log(LOG), value: both }]);
  await replica.takeEvents(session, LOG, [eventAt(1)]);
  await new Aside(replica.store, opener).put(ME, LOG, [eventAt(1)]);
  assert.deepEqual(await replica.store.get(keys.log(LOG)), both);
  await replica.store.commit([{ drop: keys.log(LOG) }, { put: keys.session, value: session }]);
  assert.deepEqual([await replica.takeInfo(ME, info), await replica.takePeople(ME, people), await replica.takeDevices(ME, LOG, { devices: [], receipts: 1 })], [true, true, true]);
  await tasks.end();
});

test('[BACK3] what was said while the server answered does not pass for something that it lost', async () => {
  const server = new FakeServer();
  [server.head, server.behind] = [2, 1];
  const { sync, tasks, row } = await device(server);
  await sync.synced();
  assert.deepEqual([(await row())?.applied, (await row())?.lost], [2, undefined]);
  await tasks.end();
});

test('[BACK3] a log that was lost before anything of it was here is taken for whole once the server has it again', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  await sync.synced();
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, lost: 0 } }]);
  await assert.rejects(sync.synced(), { code: 'server.restored' });
  server.head = 2;
  await sync.synced();
  assert.deepEqual([(await row())?.applied, (await row())?.lost], [2, undefined]);
  await tasks.end();
});

test('[BACK3] what the server was asked for while it had lost it is asked for again once it has it', async () => {
  const server = new FakeServer();
  server.head = 2;
  const { sync, tasks, replica, row } = await device(server);
  await sync.synced();
  const known = await row();
  assert(known !== undefined);
  const failure = { code: 'message.missing', evidence: {} } as const;
  const message = { id: idOf(2), log: LOG, seq: 2, at: 2, person: OTHER, content: null, blobs: [], removed: null, here: false, heard: false, heardBy: [], failure } satisfies MessageRow;
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, lost: 1 } }, { put: keys.message(LOG, 2), value: message }, { put: keys.message(LOG, 1), value: { ...message, id: idOf(1), seq: 1, removed: { at: 3, by: OTHER, rule: 'removed' } } }]);
  const asked: unknown[] = [];
  const { api, signal } = { api: new Api(server, impatient), signal: new AbortController().signal };
  assert.equal(await regained({ store: replica.store, api }, [{ id: LOG }], signal), true);
  asked.push(await replica.store.get(keys.fetch(LOG, 2)), (await row())?.lost);
  assert.deepEqual(asked, [idOf(2), undefined]);
  assert.equal(await replica.store.get(keys.fetch(LOG, 1)), undefined, 'what was taken back meanwhile is waited for by nobody');
  await tasks.end();
});
