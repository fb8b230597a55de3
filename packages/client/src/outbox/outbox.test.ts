import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markHeader } from '@earshot/protocol/addresses.ts';
import { type Evidence, Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { compose } from './compose.ts';
import type { OutboxRow } from './row.ts';
import { LOG, type Said, sealer, SESSION, turns, until, world } from './testing/outbox-world.node.ts';

test('[DISK8] a look at what another process left behind that fails is told, and the next one comes all the same', async (t) => {
  const inner = memoryStore();
  const failing: Failure[] = [];
  const list: Store['list'] = async (range) => {
    const failure = failing.pop();
    if (failure !== undefined) throw failure;
    return await inner.list(range);
  };
  const { clock, told, send, at } = await world(t, { ...inner, list });
  await send('left');
  failing.push(new Failure('device.storage', { reason: 'lost' }));
  clock.pass(30_000);
  await until(() => told.some((one) => one.type === 'fault' && one.code === 'device.storage'));
  assert.equal(await at('left'), 'released');
  clock.pass(30_000);
  await until(async () => (await at('left')) === 'acknowledged');
});

const busy = (seconds: number, mark = true): Said => ({ status: 503, headers: { 'retry-after': String(seconds), ...(mark && { [markHeader]: '1' }) }, body: {} });

for (const withPart of [false, true]) {
  const what = withPart ? 'with sound' : 'without sound';

  test(`[OUT10] the time that the server names to a message ${what} is not changed by looking; a person who asks ends it`, async (t) => {
    const { outbox, server, clock, send, at } = await world(t);
    const began = clock.now();
    server.says = () => busy(300);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    const asked = server.asked.length;
    clock.pass(100_000);
    outbox.lookAgain();
    await outbox.sweep();
    await turns();
    assert.equal(server.asked.length, asked);
    assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
    outbox.tryNow();
    await until(() => server.asked.length > asked);
    await until(() => outbox.waiting(LOG)?.until === began + 400_000);
    server.says = () => null;
    clock.pass(299_000);
    await turns();
    assert.notEqual(await at('message'), 'acknowledged');
    clock.pass(1_000);
    await until(async () => (await at('message')) === 'acknowledged');
  });

  test(`[OUT10] a time that is over although no timer has run, of a message ${what}, is over for who looks`, async (t) => {
    const { outbox, server, clock, send, at } = await world(t);
    server.says = () => busy(300);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    server.says = () => null;
    clock.shows += 300_001;
    outbox.lookAgain();
    await until(async () => (await at('message')) === 'acknowledged');
  });

  test(`[WAY9] of the time that a stranger names to a message ${what} five minutes are believed`, async (t) => {
    const { outbox, server, clock, send } = await world(t);
    const began = clock.now();
    server.says = () => busy(86_400, false);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
  });
}

test('[OUT10] a time that the server named while a take grew counts from then, for the message that it becomes', async (t) => {
  const { outbox, server, clock, send } = await world(t);
  const began = clock.now();
  await send('message', true);
  server.says = () => busy(300);
  await assert.rejects(outbox.upload('message-part').reach(3, true, new AbortController().signal, () => undefined), { code: 'server.busy' });
  const asked = server.asked.length;
  clock.pass(100_500);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG) !== null);
  const { until: named = 0 } = outbox.waiting(LOG) ?? {};
  assert.ok(named >= began + 300_000 && named <= began + 301_000, String(named - began));
  assert.equal(server.asked.length, asked);
});

test('[OUT10] once the server answers again, what a stranger named in its place is waited for no longer', async (t) => {
  const { outbox, server, send, at } = await world(t);
  server.says = () => ({ ...busy(300, false), status: 511 });
  await send('message', true);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'network.foreign');
  server.says = () => null;
  outbox.nudge();
  await until(async () => (await at('message')) === 'acknowledged');
});

const refuses = (status: number, code: FailureCode, evidence: Evidence = {}): Said => ({ status, headers: { [markHeader]: '1' }, body: { error: { code, cause: '', next: '', owner: '', evidence } } });

for (const [what, kind, code] of [
  ['done already', { class: 'create', body: { kind: 'title', title: '' } }, 'event.conflict'],
  ['refused, and no matter of anybody’s', { class: 'signal', body: { kind: 'heard', seconds: 1 } }, 'not-found'],
] as const) {
  test(`[SEND12] who waits until all is sent hears of the last of it, which is ${what}`, async (t) => {
    const { outbox, server, send } = await world(t);
    const answers = Promise.withResolvers<void>();
    server.says = () => refuses(404, code);
    server.answers = answers.promise;
    await send('last', false, kind);
    outbox.kick(LOG);
    const settled = outbox.settled();
    await until(() => server.asked.length > 0);
    await turns();
    answers.resolve();
    await settled;
  });
}

for (const [what, refused] of [['is refused again and again', async () => undefined], ['meets a failure of its own', async () => Promise.reject(new Failure('key.missing'))]] as const) {
  test(`[OUT9] [SEND12] a message that is sealed anew, and ${what}, is told to wait, with the reason`, async (t) => {
    const { outbox, server, told, send } = await world(t, memoryStore(), { ...sealer, refused });
    server.says = () => refuses(409, 'key.behind');
    await send('message');
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    assert.deepEqual(told.at(-1), { type: 'changed', conversation: LOG, message: 'message' });
  });
}

test('[SEND12] a message that waits for this device’s store is told to wait, with the reason', async (t) => {
  const inner = memoryStore();
  let fails = false;
  const commit: Store['commit'] = async (changes) => {
    if (fails) throw new DOMException('an error without a code of ours');
    return await inner.commit(changes);
  };
  const { outbox, told, send } = await world(t, { ...inner, commit });
  await send('message');
  fails = true;
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'device.storage');
  assert.deepEqual(told.at(-1), { type: 'changed', conversation: LOG, message: 'message' });
});

test('[SEND12] what goes for good after it waited leaves its reason to nothing behind it', async (t) => {
  const { outbox, server, clock, send, at } = await world(t);
  server.says = () => busy(1);
  await send('first', false, { class: 'create', body: { kind: 'title', title: '' } });
  await send('second', true);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'server.busy');
  const reasons: unknown[] = [];
  server.says = ({ body }) => {
    if (String(body).includes('first')) return refuses(409, 'event.conflict');
    reasons.push(outbox.waiting(LOG));
    return null;
  };
  clock.pass(1_000);
  await until(async () => (await at('second')) === 'acknowledged');
  assert.equal(reasons[0], null);
});

test('[SEND12] what waited waits no more once its bytes move again: neither the old reason is told then, nor a time that is past', async (t) => {
  const { outbox, server, clock, told, send, at } = await world(t);
  server.says = () => busy(1);
  await send('message', 2);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'server.busy');
  const [first, second, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), server.asked.length];
  [server.says, server.answers] = [() => null, first.promise];
  server.held.set('message-part1', second.promise);
  clock.pass(1_000);
  await until(() => server.asked.length > asked);
  assert.equal(outbox.waiting(LOG)?.code, 'server.busy', 'nothing got through yet');
  const heard = told.length;
  first.resolve();
  await until(() => outbox.waiting(LOG) === null && told.length > heard).finally(() => second.resolve());
  assert.equal(await at('message'), 'released', 'the rest is still under way');
  await until(async () => (await at('message')) === 'acknowledged');
});

test('[OUT10] the time that the server named for one part is kept, although another part gets through meanwhile', async (t) => {
  const { outbox, server, clock, send, told } = await world(t);
  const [began, late] = [clock.now(), Promise.withResolvers<void>()];
  server.held.set('message-part1', late.promise);
  server.says = ({ path }) => (path.includes('message-part1') ? null : busy(300));
  await send('message', 2);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG) !== null);
  const heard = told.length;
  late.resolve();
  await until(() => told.length > heard);
  await turns();
  assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
});

test('[OUT15] what travels over a way that died without a word can still be given up', async (t) => {
  const { outbox, server, send, at } = await world(t);
  await send('first');
  outbox.kick(LOG);
  await until(async () => (await at('first')) === 'acknowledged');
  const silence = Promise.withResolvers<void>();
  server.answers = silence.promise;
  await send('second', true);
  outbox.kick(LOG);
  await until(() => server.asked.some((asked) => asked.includes('second-part')));
  await turns();
  assert.equal(await at('second'), 'released');
  assert.equal(await outbox.cancel('second'), true);
  silence.resolve();
});

test('[SEND6] what was taken back, and is then refused for good, is given up: nothing asks its person once more', async (t) => {
  const { outbox, server, store, told, send, at } = await world(t);
  server.says = () => refuses(403, 'quota.full');
  await send('message');
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), takenBack: true } }]);
  outbox.kick(LOG);
  await until(async () => (await at('message')) === undefined);
  assert.equal(told.some(({ type }) => type === 'refused'), false);
});

test('[BACK3] what was taken back before its device knew that the server had lost it is given up: its removal finds nothing, and it is not said again', async (t) => {
  const { outbox, server, store, told, send, at } = await world(t);
  await send('message');
  outbox.kick(LOG);
  await until(async () => (await at('message')) === 'acknowledged');
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), takenBack: true } }]);
  server.says = () => refuses(404, 'not-found', { event: 'message' });
  await send('removal', false, { class: 'remove', body: { kind: 'plain' }, refers: ['message'] });
  outbox.kick(LOG);
  await until(async () => (await at('removal')) === undefined);
  assert.equal(await at('message'), undefined);
  assert.equal(told.some(({ type }) => type === 'refused'), false);
});

test('[SEND5] the end of an upload that was given up is asked for again, whatever the server says of it, with a pause between', async (t) => {
  const { outbox, server, clock, store, send, at } = await world(t);
  server.says = () => refuses(400, 'request.version');
  await send('message', true);
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), state: { at: 'cancelled' }, event: null } }]);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'request.version');
  const asked = server.asked.length;
  await turns();
  assert.equal(server.asked.length, asked);
  server.says = () => null;
  clock.pass(60_000);
  await until(async () => (await at('message')) === undefined);
});

test('[SEND12] who waits for her own does not wait for what was on its way before', async (t) => {
  const { outbox, server, send } = await world(t);
  const silence = Promise.withResolvers<void>();
  server.answers = silence.promise;
  await send('before', true);
  outbox.kick(LOG);
  await until(() => server.asked.length > 0);
  await outbox.settled(new Set(['before']));
  silence.resolve();
});

test('[OUT15] what was taken back is given up where what had to go first is refused for good', async (t) => {
  const { outbox, server, store, send, at } = await world(t);
  await send('message');
  const row = (await store.get(keys.row('message'))) as OutboxRow;
  const chain = compose({ id: 'chain', log: LOG, device: SESSION.device, class: 'chain', body: { kind: 'chain', chain: LOG } });
  await store.commit([
    { put: keys.row('message'), value: { ...row, state: { at: 'posted', order: 1 }, takenBack: true } satisfies OutboxRow },
    { put: keys.row('message-first'), value: { ...row, id: 'message-first', state: { at: 'released', order: 0.5 }, before: 'message', event: chain } satisfies OutboxRow },
  ]);
  server.says = ({ body }) => (String(body).includes('"class":"chain"') ? refuses(400, 'request.invalid') : null);
  outbox.kick(LOG);
  await until(async () => (await at('message-first')) === undefined);
  assert.equal(await at('message'), undefined);
  assert.equal(server.asked.length, 1);
});

test('[OUT10] a clock that is put back by days while it is learnt why something has to be sealed anew makes it wait no longer', async (t) => {
  let back = (): void => undefined;
  const { outbox, server, clock, send, at } = await world(t, memoryStore(), { ...sealer, refused: async () => back() });
  clock.shows = 1_000_000_000_000;
  back = () => {
    clock.shows -= 864_000_000;
  };
  await send('message');
  server.says = () => refuses(409, 'key.behind');
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG) !== null);
  back = () => undefined;
  assert.ok((outbox.waiting(LOG)?.until ?? 0) <= clock.now() + 60_000);
  server.says = () => null;
  clock.pass(60_000);
  await until(async () => (await at('message')) === 'acknowledged');
});

test('[SEND12] a window whose message another window sent waits for nothing any more, and keeps no old reason for the next one', async (t) => {
  const { outbox, server, clock, another, send, at } = await world(t);
  const other = await another();
  server.says = () => ({ status: 511, headers: {}, body: {} });
  await send('message');
  for (const one of [outbox, other]) one.kick(LOG);
  await until(() => [outbox, other].every((one) => one.waiting(LOG)?.code === 'network.foreign'));
  server.says = () => null;
  outbox.tryNow();
  await until(async () => (await at('message')) === 'acknowledged');
  clock.pass(60_000);
  await until(() => other.waiting(LOG) === null);
  await other.settled();
});

test('[SEND7] a conversation that is there by the server’s word, and not in its list, is asked for again with a pause between', async (t) => {
  const creation = (id: string): ReturnType<typeof compose> => compose({ id, log: LOG, device: SESSION.device, class: 'create', body: { kind: 'roster', members: [], previous: null } });
  let listed = false;
  const { outbox, server, clock, send, at } = await world(t, memoryStore(), { ...sealer, first: async ({ envelope }) => (listed || envelope.class === 'create' ? null : creation(`made for ${envelope.id}`)) });
  server.says = ({ body }) => (String(body).includes('"class":"create"') ? refuses(409, 'event.conflict') : null);
  await send('message');
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'event.conflict');
  await turns();
  assert.equal(server.asked.length, 1);
  clock.pass(60_000);
  await until(() => server.asked.length === 2);
  listed = true;
  clock.pass(60_000);
  await until(async () => (await at('message')) === 'acknowledged');
});

test('[BACK3] [OUT8] an upload that a server does not know any more, because it was brought back from a backup, is begun anew by itself', async (t) => {
  const { outbox, server, send, at } = await world(t);
  await send('message', true);
  outbox.fresh('message-part', LOG);
  const stored = (offset: number): Said => ({ status: 201, headers: { [markHeader]: '1', 'upload-offset': `${offset}` } });
  const unknown = (evidence: object): Said => ({ status: 404, body: { error: { code: 'not-found', cause: '', next: '', owner: '', evidence } } });
  server.says = () => stored(1);
  await outbox.upload('message-part').reach(1, false, new AbortController().signal, () => undefined);
  // From here it is an older server.
  let has = false;
  server.says = ({ method, path, body }) => {
    if (!path.includes('uploads')) return has ? null : unknown({ blob: 'message-part' });
    if (method === 'POST') has = true;
    return has ? stored(body?.length ?? 0) : unknown({});
  };
  outbox.kick(LOG);
  await until(async () => (await at('message')) !== 'released' && (await at('message')) !== 'posted');
  assert.equal(await at('message'), 'acknowledged');
});
