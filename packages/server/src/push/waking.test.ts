import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import type { StatusAnswer } from '@earshot/protocol/status.ts';
import { openStore } from '../data.node.ts';
import { openOperator } from '../operator.ts';
import type { ServerOptions } from '../options.ts';
import { PushService, type TestSubscription } from '../testing/push-service.ts';
import { PASSWORD, secondDevice } from '../testing/second-device.ts';
import { until } from '../testing/until.ts';
import { type Caller, hashOf, newId, startWorld, type World } from '../testing/world.ts';
import type { PushCounts } from '../store/push-store.ts';

const here: Partial<ServerOptions> = { push: { on: true, privateAddresses: true, contact: 'mailto:ops@example.org' } };
const HOUR = 3_600_000;

async function keyOf(caller: Caller): Promise<string> {
  return String((await caller.call('GET', '/v1/push')).json['key']);
}

/** Has the caller's device woken by the push service. */
async function register(caller: Caller, service: PushService, silent: readonly string[] = []): Promise<TestSubscription> {
  const subscription = await service.subscribe();
  const answer = await put(caller, subscription, { silent });
  assert.equal(answer.status, 200, answer.text);
  return subscription;
}

async function put(caller: Caller, { endpoint, p256dh, auth }: TestSubscription, change: Record<string, unknown> = {}) {
  return await caller.call('PUT', '/v1/push', { endpoint, p256dh, auth, serverKey: await keyOf(caller), silent: [], ...change });
}

async function counts({ dataDir }: World): Promise<PushCounts> {
  const store = openStore(dataDir);
  try {
    return await store.push.counts();
  } finally {
    await store.close();
  }
}

test('[PUSH2] [PUSH5] a voice wakes the sleeping devices of the others, and the push service learns nothing of it', async (t) => {
  await using service = await PushService.start();
  const world = await startWorld(t, here);
  const [ada, ben, cy, dee] = [await world.join('ada'), await world.join('ben'), await world.join('cy'), await world.join('dee')];
  const log = await ada.group([ben.person, cy.person, dee.person]);
  const quiet = await register(ada, service);
  const bens = await register(ben, service);
  const muted = await register(cy, service, [log]);
  const blocking = await register(dee, service);
  await dee.call('PUT', `/v1/people/${ada.person}/block`);

  await ada.post(ada.envelope(log, { class: 'signal' }), 'a receipt');
  const voice = await ada.upload(utf8('the sound itself, as far as this test is concerned'));
  const message = ada.envelope(log, { blobs: [voice] });
  assert.equal((await ada.post(message, 'the sealed words')).status, 200);
  await service.until(({ deliveries }) => deliveries.length > 0);
  await until(async () => (await counts(world)).waiting === 0);
  assert.deepEqual(service.complaints, []);
  assert.deepEqual(service.deliveries.map(({ id }) => id), [bens.id], `not ${quiet.id}, ${muted.id}, ${blocking.id}`);

  const [wake] = service.deliveries;
  assert.ok(wake);
  const told = `${wake.payload} ${JSON.stringify(wake.headers)} ${JSON.stringify(wake.claims)} ${Buffer.from(wake.sealed).toString('latin1')}`;
  for (const secret of [log, message.id, voice.id, voice.sha256, ada.person, ben.person, ada.device, ben.device, 'ADA', 'BEN', 'the sealed words', hashOf('the sealed words')]) assert.ok(!told.includes(secret), secret);
  assert.equal(wake.signer, await keyOf(ben));
});

test('[PUSH6] a device that is connected and says that it holds the message is not woken; one whose connection only looks alive is', async (t) => {
  await using service = await PushService.start();
  let ahead = 0;
  const world = await startWorld(t, { ...here, limits: { wakeGrace: HOUR }, clock: { ...systemClock, now: () => systemClock.now() + ahead } });
  const [ada, ben, cy] = [await world.join('ada'), await world.join('ben'), await world.join('cy')];
  const log = await ada.group([ben.person, cy.person]);
  const bens = await register(ben, service);
  const cys = await register(cy, service);
  using present = await ben.live();
  using dead = await cy.live();
  using told = await ada.live();
  const { json } = await ada.post(ada.envelope(log));
  await Promise.all([present.frame('event'), dead.frame('event')]);
  present.socket.send(JSON.stringify({ type: 'cursor', log, delivered: json.seq }));
  // The while is over once the server has heard it, and no sooner, however slow the machine is.
  await told.frame('cursor', ({ device }) => device === ben.device);
  ahead = HOUR;
  await service.until(({ deliveries }) => deliveries.length > 0);
  await until(async () => (await counts(world)).waiting === 0);
  assert.deepEqual(service.deliveries.map(({ id }) => id), [cys.id], `not ${bens.id}`);
});

test('[PUSH6] a device that is connected has a while to say that it holds the message; others, also of the same person, are woken at once', async (t) => {
  await using service = await PushService.start();
  const world = await startWorld(t, { ...here, limits: { wakeGrace: HOUR } });
  const [ada, ben] = [await world.join('ada'), await world.join('ben', { password: PASSWORD })];
  const { caller: phone } = await secondDevice(ben, 'ben');
  const log = await ada.direct(ben.person);
  const bens = await register(ben, service);
  const phones = await register(phone, service);
  using live = await ben.live();
  await ada.post(ada.envelope(log));
  await live.frame('event');
  await service.until(({ deliveries }) => deliveries.length > 0);
  // Several rounds.
  await new Promise((resolve) => void setTimeout(resolve, 2_500));
  assert.deepEqual([service.deliveries.map(({ id }) => id), (await counts(world)).waiting], [[phones.id], 1], `not ${bens.id}`);
});

test('[PUSH3] a push service that is down delays the wakes and nobody’s message; when it is back each device is woken once', async (t) => {
  await using service = await PushService.start();
  const world = await startWorld(t, here);
  const [ada, ben] = [await world.join('ada'), await world.join('ben')];
  const log = await ada.direct(ben.person);
  await register(ben, service);
  service.script = 'hang';
  for (let count = 0; count < 5; count += 1) assert.equal((await ada.post(ada.envelope(log))).status, 200);
  await service.until(({ requests }) => requests > 0);
  for (let count = 0; count < 5; count += 1) assert.equal((await ada.post(ada.envelope(log))).status, 200);
  assert.equal(service.requests, 1, 'one wake of a device at a time');
  assert.equal((await counts(world)).waiting, 1);
  service.script = { status: 503, headers: { 'retry-after': '1' } };
  service.hangUp();
  service.script = { status: 201 };
  await service.until(({ deliveries }) => deliveries.length > 0);
  await until(async () => (await counts(world)).waiting === 0);
  assert.equal(service.deliveries.length, 1);
});

test('[PUSH7] a pending wake and the keys outlive the server', async (t) => {
  await using service = await PushService.start();
  const said: string[] = [];
  const log = { info: (...words: unknown[]) => void said.push(JSON.stringify(words)), warn: (...words: unknown[]) => void said.push(JSON.stringify(words)) };
  const first = await startWorld(t, { ...here, log });
  const [ada, ben] = [await first.join('ada'), await first.join('ben')];
  const talk = await ada.direct(ben.person);
  await register(ben, service);
  const key = await keyOf(ben);
  service.script = { status: 500 };
  await ada.post(ada.envelope(talk));
  await service.until(({ requests }) => requests > 0);
  await first.server.close();
  service.script = { status: 201 };
  const second = await startWorld(t, { ...here, log, dataDir: first.dataDir });
  const again = Object.assign(Object.create(Object.getPrototypeOf(ben) as object) as Caller, ben, { base: second.base });
  assert.equal(await keyOf(again), key);
  await service.until(({ deliveries }) => deliveries.length > 0);
  assert.equal(service.deliveries[0]?.signer, key);

  const store = openStore(first.dataDir);
  const { privateKey } = await store.push.keys(() => assert.fail('there are keys'));
  await store.close();
  assert.ok(said.length > 0 && !said.join('').includes(privateKey), 'the private key is in no log');
  assert.ok(!said.join('').includes('/wake/'), 'nor is an address');
});

test('[PUSH8] 410 ends a subscription; so do signing out, revoking, disabling and deleting; a device has one at the most', async (t) => {
  await using service = await PushService.start();
  const world = await startWorld(t, here);
  const have = async (): Promise<number> => (await counts(world)).subscriptions;
  const [ada, ben, cy, dee, eve] = [await world.join('ada'), await world.join('ben'), await world.join('cy'), await world.join('dee'), await world.join('eve')];
  const first = await register(ben, service);
  assert.equal((await put(ben, first)).status, 200, 'the same again');
  const second = await register(ben, service);
  assert.equal(await have(), 1);
  await put(cy, second);
  assert.equal(await have(), 1, 'an address is one device’s');
  assert.equal((await cy.call('DELETE', '/v1/push')).status, 200);
  assert.equal((await cy.call('DELETE', '/v1/push')).status, 200);
  assert.equal(await have(), 0);

  await register(ben, service);
  const log = await ada.direct(ben.person);
  service.script = { status: 410 };
  await ada.post(ada.envelope(log));
  await until(async () => (await have()) === 0);
  service.script = { status: 201 };

  for (const one of [ben, cy, dee, eve]) await register(one, service);
  await ben.call('DELETE', '/v1/sessions/current');
  assert.equal(await have(), 3);
  await cy.call('DELETE', `/v1/devices/${cy.device}`);
  assert.equal(await have(), 2);
  await using operator = openOperator(world.dataDir);
  await operator.disable('dee', true);
  assert.equal(await have(), 1);
  assert.equal((await eve.call('POST', '/v1/me/delete', { handle: 'eve' })).status, 200);
  assert.equal(await have(), 0);
});

test('[PUSH10] that closed apps cannot be woken is told while those who were tried in vain wait for it, and is over when none of them does', async (t) => {
  await using service = await PushService.start();
  // Its rounds follow one another faster; what it measures stays as it is.
  const hasty = { ...systemClock, sleep: (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(milliseconds / 50, signal) };
  const world = await startWorld(t, { ...here, clock: hasty });
  const [ada, ben, cy, dee] = [await world.join('ada'), await world.join('ben'), await world.join('cy'), await world.join('dee')];
  const asleep = [ben, cy, dee];
  const log = await ada.group(asleep.map(({ person }) => person));
  for (const one of asleep) await register(one, service);
  const incidents = async (): Promise<boolean[]> => {
    // Who asks too often is refused.
    await systemClock.sleep(250);
    const { json } = await ada.call('GET', '/v1/status');
    return (json as unknown as StatusAnswer).incidents.filter(({ cause }) => cause === 'push.failed').map(({ ended }) => ended !== null);
  };
  service.script = { status: 500 };
  await ada.post(ada.envelope(log));
  await until(async () => (await incidents()).length > 0);
  await ben.call('DELETE', '/v1/sessions/current');
  await cy.call('DELETE', '/v1/push');
  // Several rounds.
  await new Promise((resolve) => void setTimeout(resolve, 2_000));
  assert.deepEqual([await incidents(), (await counts(world)).failed], [[false], 1], 'one of them still waits');
  await dee.call('DELETE', '/v1/push');
  await until(async () => (await incidents())[0] === true);
});

test('[PUSH9] what can never be woken is refused, and a server that has push turned off takes nothing and says so', async (t) => {
  await using service = await PushService.start();
  const world = await startWorld(t);
  const ada = await world.join('ada');
  const subscription = await service.subscribe();
  const refusal = async (change: Record<string, unknown>) => (await put(ada, subscription, { endpoint: 'https://push.example/x', ...change })).json.error?.evidence ?? {};
  assert.equal((await put(ada, subscription)).json.error.evidence['field'], 'endpoint', 'without https');
  assert.equal((await refusal({ endpoint: 'no address' }))['field'], 'endpoint');
  assert.equal((await refusal({ p256dh: `B${'A'.repeat(86)}` }))['field'], 'p256dh', 'a point that is not on the curve');
  assert.equal((await refusal({ auth: 'short' }))['field'], 'auth');
  assert.equal((await refusal({ serverKey: subscription.p256dh }))['field'], 'serverKey');
  assert.equal((await refusal({ endpoint: `https://push.example/${'x'.repeat(2_048)}` }))['limit'], 'pushEndpointLength');
  assert.equal((await refusal({ silent: Array.from({ length: 5_001 }, newId) }))['limit'], 'conversationsPerPerson');
  assert.deepEqual(await refusal({}), {});

  const off = await startWorld(t, { push: { on: false } });
  const ben = await off.join('ben');
  assert.deepEqual((await ben.call('GET', '/v1/push')).json, { key: null });
  assert.equal((await ben.call('PUT', '/v1/push', { ...subscription, id: undefined, serverKey: subscription.p256dh, silent: [] })).code, 'server.push-off');
  assert.equal((await counts(off)).subscriptions, 0);
});
