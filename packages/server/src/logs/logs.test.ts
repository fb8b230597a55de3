import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { directLogId, type Envelope, groupLogId } from '@earshot/protocol/envelope.ts';
import { newId, noise, startWorld, hashOf, type Caller } from '../testing/world.ts';

const events = async (who: Caller, log: string, after = 0): Promise<readonly { seq: number; body: string | null; removed: unknown }[]> => (await who.call('GET', `/v1/logs/${log}/events?after=${after}`)).json.events;

test('[LOG1] an event that is posted again has the same number, also after it was removed; another one under its id is refused', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const envelope = alice.envelope(log);
  const first = await alice.post(envelope);
  assert.deepEqual((await alice.post(envelope)).json, first.json);
  assert.equal((await alice.post({ ...envelope, class: 'signal' })).code, 'event.conflict');
  assert.equal((await bob.post({ ...envelope, device: bob.device })).code, 'event.conflict');
  await alice.post(alice.envelope(log, { class: 'remove', refers: [envelope.id] }));
  assert.deepEqual((await alice.post(envelope)).json, first.json);
  assert.equal((await events(bob, log)).length, 3);
});

test('[LOG2] numbers have no gaps, whoever writes and however many at once', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const writers = Array.from({ length: 60 }, (_, at) => {
    const who = at % 2 ? alice : bob;
    // Every fifth is refused in the same commit, which must cost the others nothing.
    return who.post(who.envelope(log, { class: 'signal', refers: at % 5 === 0 ? [newId()] : [] }));
  });
  const answers = await Promise.all(writers);
  assert.equal(answers.filter((answer) => answer.code === 'not-found').length, 12);
  const numbers = answers.flatMap((answer) => (answer.status === 200 ? [answer.json.seq] : [])).sort((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: 48 }, (_, at) => at + 2));
  assert.deepEqual((await events(alice, log)).map((event) => event.seq), [1, ...numbers]);
});

test('[LOG3] a conversation one is no member of answers like one that does not exist', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, eve] = [await world.join('alice'), await world.join('bob'), await world.join('eve')];
  const log = await alice.direct(bob.person);
  const none = newId();
  const bytes = noise(100);
  const blob = await alice.upload(bytes);
  const event = alice.envelope(log, { blobs: [blob] });
  await alice.post(event);
  const open = await alice.upload(noise(50));
  const pairs: [string, unknown, string, unknown][] = [
    [`GET /v1/logs/${log}/events`, undefined, `GET /v1/logs/${none}/events`, undefined],
    [`GET /v1/logs/${log}/cursors`, undefined, `GET /v1/logs/${none}/cursors`, undefined],
    [`PUT /v1/logs/${log}/cursor`, { delivered: 1 }, `PUT /v1/logs/${none}/cursor`, { delivered: 1 }],
    [`POST /v1/logs/${log}/events`, { envelope: eve.envelope(log), body: '' }, `POST /v1/logs/${none}/events`, { envelope: eve.envelope(none), body: '' }],
    [`POST /v1/logs/${log}/events`, { envelope: { ...event, device: eve.device }, body: '' }, `POST /v1/logs/${none}/events`, { envelope: { ...event, log: none, device: eve.device }, body: '' }],
    [`GET /v1/blobs/${blob.id}`, undefined, `GET /v1/blobs/${none}`, undefined],
    [`GET /v1/blobs/${open.id}`, undefined, `GET /v1/blobs/${none}`, undefined],
  ];
  for (const [one, body, other, otherBody] of pairs) {
    const [method = '', path = ''] = one.split(' ');
    const [, otherPath = ''] = other.split(' ');
    const [seen, unseen] = [await eve.call(method, path, body), await eve.call(method, otherPath, otherBody)];
    assert.equal(seen.code, 'not-found', one);
    assert.deepEqual([seen.status, seen.text, [...seen.headers.keys()]], [unseen.status, unseen.text, [...unseen.headers.keys()]]);
  }
});

test('[LOG4] only members’ own devices post, to the log they name, and only what the class allows', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  assert.equal((await alice.post({ ...alice.envelope(log), device: bob.device })).code, 'request.invalid');
  const elsewhere = await alice.call('POST', `/v1/logs/${newId()}/events`, { envelope: alice.envelope(log), body: '' });
  assert.equal(elsewhere.code, 'request.invalid');
  assert.equal((await alice.post(alice.envelope(log, { membership: { add: [bob.person] } }))).code, 'request.invalid');
  assert.equal((await alice.post(alice.envelope(log, { class: 'members' }))).code, 'request.invalid');
  assert.equal((await alice.post(alice.envelope(log, { class: 'remove' }))).code, 'request.invalid');
  assert.equal((await alice.post(alice.envelope(newId(), { class: 'create', membership: { kind: 'direct', add: [bob.person] } }))).code, 'request.invalid');
});

test('[LOG5] both may begin a direct conversation; with oneself it is the own log; strangers cannot be drawn in', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const secret = newId();
  await alice.call('POST', '/v1/invitations', { secretSha256: hashOf(secret) });
  const bob = await world.join('bob', { invitation: secret });
  const carol = await world.join('carol');
  const log = await directLogId(alice.person, bob.person);
  const [one, other] = await Promise.all([alice, bob].map((who) => who.post(who.envelope(log, { class: 'create', membership: { kind: 'direct', add: [who === alice ? bob.person : alice.person] } }))));
  assert.deepEqual([one, other].map((answer) => answer?.code ?? 'done').toSorted((a, b) => (a < b ? -1 : 1)), ['done', 'event.conflict']);
  assert.equal((await alice.call('GET', '/v1/logs')).json.logs.length, 1);
  const self = await alice.direct(alice.person);
  assert.equal((await alice.call('GET', '/v1/logs')).json.logs.find((info) => info.id === self)?.kind, 'self');
  const drawn = await bob.post(bob.envelope(await directLogId(bob.person, carol.person), { class: 'create', membership: { kind: 'direct', add: [carol.person] } }));
  assert.equal(drawn.code, 'person.unknown');
  const id = newId();
  assert.equal((await bob.post(bob.envelope(await groupLogId(id), { id, class: 'create', membership: { kind: 'group', add: [carol.person] } }))).code, 'person.unknown');
});

test('[LOG5] nobody takes the place of a conversation between two others: that of a group follows from the event that makes it', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, eve] = [await world.join('alice'), await world.join('bob'), await world.join('eve')];
  const group: Partial<Envelope> = { class: 'create', membership: { kind: 'group', add: [] } };
  const isRefused = async (): Promise<void> => {
    for (const log of [await directLogId(alice.person, bob.person), await directLogId(bob.person, bob.person), newId()]) {
      const { code, json } = await eve.post(eve.envelope(log, group));
      assert.deepEqual([code, json.error.evidence['field']], ['request.invalid', 'envelope.log']);
    }
  };
  await isRefused();
  assert.equal((await alice.post(alice.envelope(await alice.direct(bob.person)))).status, 200);
  await bob.direct(bob.person);
  // Nor does she learn who has one.
  await isRefused();
  const id = newId();
  const create = eve.envelope(await groupLogId(id), { id, ...group });
  assert.deepEqual((await eve.post(create)).json.seq, 1);
  assert.equal((await eve.post(create)).json.seq, 1);
});

test('[LOG1] [LOG5] what was made before a place had to follow from it is answered as it was, and goes on', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const id = newId();
  const placed = await groupLogId(id);
  const create = alice.envelope(placed, { id, class: 'create', membership: { kind: 'group', add: [] } });
  assert.equal((await alice.post(create)).status, 200);
  const log = newId();
  const database = new DatabaseSync(join(world.dataDir, 'earshot.db'), { timeout: 5_000 });
  t.after(() => database.close());
  database.exec('PRAGMA foreign_keys = OFF');
  for (const [table, column] of [['log', 'id'], ['member', 'log'], ['event', 'log']] as const) database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).run(log, placed);
  const old = { ...create, log };
  database.prepare('UPDATE event SET envelope = ? WHERE id = ?').run(JSON.stringify(old), id);
  assert.equal((await alice.post(old)).json.seq, 1);
  assert.equal((await alice.post(alice.envelope(log, { generation: 1 }))).json.seq, 2);
});

test('[LOG6] in a group owners change who belongs to it; anyone leaves; the eldest inherits; direct conversations stay as they are', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol, dave] = [await world.join('alice'), await world.join('bob'), await world.join('carol'), await world.join('dave')];
  const log = await alice.group([bob.person]);
  const members = async (who: Caller): Promise<Record<string, string>> => {
    const info = (await who.call('GET', '/v1/logs')).json.logs.find((found) => found.id === log);
    return Object.fromEntries((info?.members ?? []).filter((member) => member.left === null).map((member) => [member.person, member.role]));
  };
  const change = (who: Caller, membership: object): ReturnType<Caller['post']> => who.post(who.envelope(log, { class: 'members', membership }));
  assert.equal((await change(bob, { add: [carol.person] })).code, 'not-allowed');
  assert.equal((await change(bob, { remove: [alice.person] })).code, 'not-allowed');
  assert.equal((await change(alice, { add: [carol.person, dave.person] })).status, 200);
  assert.equal((await change(alice, { promote: [carol.person] })).status, 200);
  assert.equal((await change(carol, { remove: [dave.person] })).status, 200);
  assert.deepEqual(await members(alice), { [alice.person]: 'owner', [bob.person]: 'member', [carol.person]: 'owner' });
  assert.equal((await change(carol, { remove: [carol.person] })).status, 200);
  assert.equal((await change(alice, { remove: [alice.person] })).status, 200);
  assert.deepEqual(await members(bob), { [bob.person]: 'owner' });
  const direct = await alice.direct(bob.person);
  assert.equal((await alice.post(alice.envelope(direct, { class: 'members', membership: { remove: [alice.person] } }))).code, 'not-allowed');
});

test('[LOG7] a new member reads from the adding event on, a removed one up to the removing event', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.group([]);
  const early = await alice.upload(noise(10));
  const before = alice.envelope(log, { blobs: [early] });
  await alice.post(before);
  await alice.post(alice.envelope(log, { class: 'members', membership: { add: [bob.person] } }));
  await alice.post(alice.envelope(log));
  using live = await bob.live();
  const removing = alice.envelope(log, { class: 'members', membership: { remove: [bob.person] } });
  await alice.post(removing);
  const late = await alice.upload(noise(11));
  await alice.post(alice.envelope(log, { blobs: [late] }));
  assert.deepEqual((await events(bob, log)).map((event) => event.seq), [3, 4, 5]);
  assert.equal((await bob.call('GET', '/v1/logs')).json.logs[0]?.head, 5);
  const synced = (await bob.call('POST', '/v1/sync', { have: { [log]: 3 } })).json.logs[0];
  assert.deepEqual(synced?.events.map((event) => event.seq), [4, 5]);
  for (const blob of [early, late]) assert.equal((await bob.call('GET', `/v1/blobs/${blob.id}`)).code, 'not-found');
  assert.equal((await bob.post(bob.envelope(log))).code, 'not-found');
  assert.equal((await alice.post(alice.envelope(log, { refers: [before.id] }))).status, 200);
  await live.frame('event');
  await bob.call('GET', '/v1/me');
  assert.equal(live.frames.filter((frame) => frame.type === 'event').length, 0, 'nothing after the removing event');
});

test('[LOG8] a removed event keeps its number and its envelope; its body is gone, its blobs at once unreadable for all but their uploader', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const blob = await alice.upload(noise(100));
  const message = alice.envelope(log, { blobs: [blob] });
  const { seq } = (await alice.post(message)).json;
  assert.equal((await bob.call('GET', `/v1/blobs/${blob.id}`)).status, 200);
  using live = await bob.live();
  assert.equal((await bob.post(bob.envelope(log, { class: 'remove', refers: [message.id] }))).code, 'not-allowed');
  assert.equal((await alice.post(alice.envelope(log, { class: 'remove', refers: [message.id] }))).status, 200);
  const updated = (await live.frame('event', (frame) => (frame['event'] as { seq: number }).seq === seq))['event'];
  assert.equal((updated as { body: unknown }).body, null);
  const found = (await events(bob, log)).find((event) => event.seq === seq);
  assert.deepEqual(found, updated);
  assert.deepEqual({ ...(found?.removed as object), at: 0 }, { at: 0, by: alice.person, rule: 'removed', sha256: hashOf('body') });
  assert.equal((await bob.call('GET', `/v1/blobs/${blob.id}`)).code, 'not-found');
  assert.equal((await alice.call('GET', `/v1/blobs/${blob.id}`)).status, 200);
});

test('[LOG9] who blocks closes the direct conversation for both; groups go on', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const [direct, group] = [await alice.direct(bob.person), await alice.group([bob.person])];
  assert.equal((await alice.call('PUT', `/v1/people/${bob.person}/block`)).status, 200);
  assert.equal((await alice.call('GET', '/v1/people')).json.people[0]?.blocked, true);
  assert.equal((await bob.post(bob.envelope(direct))).code, 'conversation.closed');
  assert.equal((await alice.post(alice.envelope(direct))).code, 'conversation.closed');
  assert.equal((await bob.post(bob.envelope(group))).status, 200);
  await alice.call('DELETE', `/v1/people/${bob.person}/block`);
  assert.equal((await bob.post(bob.envelope(direct))).status, 200);
});

test('[LOG9] a closed conversation takes from both what becomes of what was said before, also while a key is due, and nothing that says or brings something', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice', { password: 'long enough' }), await world.join('bob')];
  const direct = await alice.direct(bob.person);
  const [hers, his] = [alice.envelope(direct, { expiry: { heard: 60 } }), bob.envelope(direct, { expiry: { heard: 60 } })];
  for (const [who, what] of [[alice, hers], [bob, his]] as const) assert.equal((await who.post(what)).status, 200);
  const [named, open] = [await bob.upload(noise(10)), await bob.upload(noise(10))];
  await bob.post(bob.envelope(direct, { blobs: [named] }));
  const isClosed = async (who: Caller, own: string, other: string): Promise<void> => {
    for (const [kind, message] of [['heard', other], ['keep', other], ['remove', own], ['restore', own]] as const) {
      assert.equal((await who.post(who.envelope(direct, { class: kind, refers: [message] }))).status, 200, kind);
      for (const blob of [named, open]) assert.equal((await who.post(who.envelope(direct, { class: kind, refers: [message], blobs: [blob] }))).code, 'conversation.closed', kind);
    }
    for (const kind of ['message', 'signal', 'ask', 'answer', 'key', 'chain'] as const) {
      assert.equal((await who.post(who.envelope(direct, { class: kind, refers: kind === 'key' || kind === 'chain' ? [] : [other] }))).code, 'conversation.closed', kind);
    }
  };
  await alice.call('PUT', `/v1/people/${bob.person}/block`);
  await isClosed(alice, hers.id, his.id);
  await isClosed(bob, his.id, hers.id);
  assert.equal((await alice.call('POST', '/v1/me/delete', { handle: 'alice', password: 'long enough' })).status, 200);
  assert.equal((await bob.call('GET', '/v1/logs')).json.logs[0]?.due, true);
  await isClosed(bob, his.id, hers.id);
});

test('[LOG9] a block is not got round by a group: neither adds the other to one, and is told what is told of somebody unknown', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol] = [await world.join('alice'), await world.join('bob'), await world.join('carol')];
  const [group, hers] = [await bob.group([carol.person]), await alice.group([carol.person])];
  await alice.call('PUT', `/v1/people/${bob.person}/block`);
  const create = async (who: Caller, other: Caller): Promise<ReturnType<Caller['post']>> => {
    const id = newId();
    return await who.post(who.envelope(await groupLogId(id), { id, class: 'create', membership: { kind: 'group', add: [carol.person, other.person] } }));
  };
  const add = (who: Caller, log: string, other: Caller): ReturnType<Caller['post']> => who.post(who.envelope(log, { class: 'members', membership: { add: [other.person] } }));
  const stranger = (await add(bob, group, { ...alice, person: newId() } as Caller)).json.error;
  for (const [who, other, log] of [[bob, alice, group], [alice, bob, hers]] as const) {
    assert.equal((await create(who, other)).code, 'person.unknown');
    const { error } = (await add(who, log, other)).json;
    assert.deepEqual(error, { ...stranger, evidence: { person: other.person } });
  }
  assert.equal((await create(carol, bob)).status, 200, 'others bring whom they like together');
  await alice.call('DELETE', `/v1/people/${bob.person}/block`);
  assert.equal((await create(bob, alice)).status, 200);
  assert.equal((await add(bob, group, alice)).status, 200);
});

test('[LOG10] cursors never go backwards nor beyond the log, and members are told', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  for (let count = 0; count < 4; count += 1) await alice.post(alice.envelope(log));
  using live = await alice.live();
  using other = await bob.live();
  other.socket.send(JSON.stringify({ type: 'cursor', log, delivered: 3 }));
  assert.equal((await live.frame('cursor'))['delivered'], 3);
  await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 2 });
  await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 99 });
  const [cursor] = (await alice.call('GET', `/v1/logs/${log}/cursors`)).json.cursors;
  assert.deepEqual([cursor?.person, cursor?.device, cursor?.delivered], [bob.person, bob.device, 5]);
  assert.equal((await live.frame('cursor'))['delivered'], 5);
});

test('[LOG12] what a device could not take and the hour it was last there are told to the members, and to nobody else', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, eve] = [await world.join('alice'), await world.join('bob'), await world.join('eve')];
  const log = await alice.direct(bob.person);
  await alice.post(alice.envelope(log));
  const before = (await alice.call('GET', '/v1/logs')).json.logs[0]?.receipts;
  using live = await alice.live();
  const troubles = [{ seq: 2, code: 'blob.damaged' }];
  assert.equal((await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 2, troubles })).status, 200);
  assert.deepEqual((await live.frame('cursor'))['troubles'], troubles);
  const answer = (await alice.call('GET', `/v1/logs/${log}/cursors`)).json;
  assert.deepEqual(answer.cursors[0]?.troubles, troubles);
  assert.notEqual((await alice.call('GET', '/v1/logs')).json.logs[0]?.receipts, before);
  assert.equal((await alice.call('GET', '/v1/logs')).json.logs[0]?.receipts, answer['receipts']);
  assert.equal((await bob.call('GET', '/v1/logs')).json.logs[0]?.receipts, 0, 'one’s own cursors are no news');
  const [device] = answer.devices as unknown as { device: string; person: string; seen: number }[];
  assert.deepEqual([device?.device, device?.person, (device?.seen ?? 1) % 3_600_000], [bob.device, bob.person, 0]);
  assert.equal(answer.devices.length, 1);
  // Left out it stays, at the same number it can be taken back.
  await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 2 });
  assert.deepEqual((await alice.call('GET', `/v1/logs/${log}/cursors`)).json.cursors[0]?.troubles, troubles);
  await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 1, troubles: [] });
  const after = (await alice.call('GET', `/v1/logs/${log}/cursors`)).json.cursors[0];
  assert.deepEqual([after?.delivered, after?.at, after?.troubles], [2, answer.cursors[0]?.at, []]);
  assert.equal((await bob.call('PUT', `/v1/logs/${log}/cursor`, { delivered: 2, troubles: Array.from({ length: 9 }, () => troubles[0]) })).code, 'limit.reached');
  assert.equal((await eve.call('GET', `/v1/logs/${log}/cursors`)).code, 'not-found');
  await bob.call('PUT', `/v1/people/${alice.person}/block`);
  assert.equal(((await alice.call('GET', `/v1/logs/${log}/cursors`)).json.devices as unknown as { seen: null }[])[0]?.seen, null);
});

test('[LOG11] catching up brings every event once, in order, in pages', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const logs = [await alice.direct(bob.person), await alice.group([bob.person])];
  for (let round = 0; round < 12; round += 1) await Promise.all(logs.flatMap((log) => Array.from({ length: 10 }, () => alice.post(alice.envelope(log, { class: 'signal' })))));
  const have: Record<string, number> = {};
  const seen: Record<string, number[]> = {};
  for (let more = true; more; ) {
    const answer = (await bob.call('POST', '/v1/sync', { have, limit: 50 })).json;
    let count = 0;
    for (const { log, events: list } of answer.logs) {
      count += list.length;
      (seen[log.id] ??= []).push(...list.map((event) => event.seq));
      have[log.id] = Math.max(have[log.id] ?? 0, ...list.map((event) => event.seq));
    }
    assert.ok(count <= 50);
    ({ more } = answer);
  }
  for (const log of logs) assert.deepEqual(seen[log], Array.from({ length: 121 }, (_, at) => at + 1));
});
