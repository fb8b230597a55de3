import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caller, hashOf, newId, noise, startWorld } from '../testing/world.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

async function begin(who: Caller, log: string, id = newId()): Promise<string> {
  const answer = await who.tus('POST', '/v1/uploads', { 'upload-defer-length': '1', 'upload-metadata': `id ${encoded(id)},log ${encoded(log)}` });
  assert.equal(answer.status, 201, answer.text);
  return id;
}

const grow = async (who: Caller, id: string, from: number, bytes: Uint8Array): Promise<void> =>
  assert.equal((await who.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': String(from) }, bytes)).status, 204);

async function fetched(who: Caller, id: string, range?: string): Promise<readonly [number, string | null, number]> {
  const answer = await fetch(`${who.base}/v1/blobs/${id}`, { headers: { authorization: `Bearer ${who.token}`, ...(range === undefined ? {} : { range }) } });
  return [answer.status, answer.headers.get('content-range'), (await answer.arrayBuffer()).byteLength];
}

test('[UP16] members hear that an upload for their conversation grows and may fetch what there is; nobody else does, and the event closes it', async (t) => {
  const world = await startWorld(t, { limits: { growingEvery: 0 } });
  const [alice, bob, eve] = [await world.join('alice'), await world.join('bob'), await world.join('eve')];
  const log = await alice.direct(bob.person);
  using live = await bob.live();
  using own = await alice.live();
  const id = await begin(alice, log);
  const bytes = noise(9_000);
  await grow(alice, id, 0, bytes.subarray(0, 5_000));
  assert.deepEqual({ ...(await live.frame('growing')) }, { type: 'growing', log, upload: id, length: 5_000 });
  assert.deepEqual(await fetched(bob, id), [206, 'bytes 0-4999/*', 5_000]);
  assert.deepEqual(await fetched(bob, id, 'bytes=4096-'), [206, 'bytes 4096-4999/*', 904]);
  assert.equal((await fetched(bob, id, 'bytes=5000-'))[0], 416);
  for (const who of [eve, alice]) assert.equal((await who.call('GET', `/v1/blobs/${id}`)).code, 'not-found');
  await grow(alice, id, 5_000, bytes.subarray(5_000));
  assert.equal((await live.frame('growing'))['length'], 9_000);
  assert.equal((await alice.post(alice.envelope(log, { blobs: [{ id, length: 9_000, sha256: hashOf(bytes) }] }))).status, 200);
  assert.deepEqual(await fetched(bob, id, 'bytes=4096-'), [206, 'bytes 4096-8999/9000', 4_904]);
  await own.frame('event');
  assert.equal(own.frames.filter(({ type }) => type === 'growing').length, 0, 'who speaks knows');
});

test('[UP17] what is taken back is gone for whoever fetched ahead, and who may not hear is not told', async (t) => {
  const world = await startWorld(t, { limits: { growingEvery: 0 } });
  const [alice, bob, carol] = [await world.join('alice'), await world.join('bob'), await world.join('carol')];
  const [direct, group] = [await alice.direct(bob.person), await alice.group([carol.person])];
  using live = await bob.live();
  const cancelled = await begin(alice, direct);
  await grow(alice, cancelled, 0, noise(100));
  await live.frame('growing');
  assert.equal((await alice.tus('DELETE', `/v1/uploads/${cancelled}`, {})).status, 204);
  assert.equal((await live.frame('growing'))['length'], null);
  assert.equal((await bob.call('GET', `/v1/blobs/${cancelled}`)).code, 'not-found');

  await bob.call('PUT', `/v1/people/${alice.person}/block`);
  const blocked = await begin(alice, direct);
  await grow(alice, blocked, 0, noise(100));
  assert.equal((await bob.call('GET', `/v1/blobs/${blocked}`)).code, 'not-found');
  await alice.post(alice.envelope(group, { class: 'members', membership: { remove: [carol.person] } }));
  const later = await begin(alice, group);
  await grow(alice, later, 0, noise(100));
  assert.equal((await carol.call('GET', `/v1/blobs/${later}`)).code, 'not-found');
  const nowhere = await begin(alice, newId());
  await grow(alice, nowhere, 0, noise(100));
  assert.equal((await bob.call('GET', `/v1/blobs/${nowhere}`)).code, 'not-found');
  assert.equal(live.frames.filter(({ type }) => type === 'growing').length, 0);
});

test('[UP16] members are told at most once in a while', async (t) => {
  const world = await startWorld(t, { limits: { growingEvery: 60_000 } });
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  using live = await bob.live();
  const id = await begin(alice, log);
  for (let at = 0; at < 5; at += 1) await grow(alice, id, at * 10, noise(10));
  assert.equal((await live.frame('growing'))['length'], 10);
  await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 1 });
  await live.frame('cursor');
  assert.equal(live.frames.filter(({ type }) => type === 'growing').length, 0);
});
