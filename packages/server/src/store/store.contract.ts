import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import type { Incident } from '@earshot/protocol/status.ts';
import type { AppendOutcome } from './log-store.ts';
import type { Store } from './store.ts';

const newId = (): string => makeId(systemRandom);
const hex = (digit: string): string => digit.repeat(64);
const allowed = { open: 10, quota: 1_000_000 };

/** What every adapter of the port keeps. `open` gives an empty store. */
export function storeContract(adapter: string, open: () => Promise<Store>): void {
  const person = async (store: Store, handle: string): Promise<string> => {
    const secretSha256 = `${newId()}${newId()}${newId()}`.slice(0, 64);
    await store.invitations.add({ secretSha256, by: null, device: null, created: 0, expires: 100, forHandle: null }, 10);
    const outcome = await store.people.join({ secretSha256, person: newId(), handle, name: handle, password: null, device: { id: newId(), name: 'x', tokenSha256: newId() }, chain: null, anew: false, devicesAllowed: 5, at: 1 });
    assert.equal(outcome.kind, 'joined');
    return outcome.kind === 'joined' ? outcome.person : '';
  };
  const append = (store: Store, by: string, change: Partial<Envelope>): Promise<AppendOutcome> => {
    const envelope: Envelope = { version: 1, id: newId(), log: newId(), device: newId(), generation: 1, class: 'signal', blobs: [], refers: [], expiry: 'never', ...change };
    const grants = envelope.class === 'create' ? [by, ...(change.membership?.add ?? [])].map((member) => ({ person: member, account: 0, sealed: 'x' })) : [];
    return store.logs.append({ person: by, envelope, text: JSON.stringify(envelope), body: 'AA', grants, deviceGrants: [], at: 5, membersAllowed: 10, conversationsAllowed: 10, retention: usualRetention });
  };

  test(`[STORE1] ${adapter}: of many who take one invitation, one joins`, async () => {
    const store = await open();
    await store.invitations.add({ secretSha256: hex('a'), by: null, device: null, created: 0, expires: 100, forHandle: null }, 10);
    const outcomes = await Promise.all(
      ['x', 'y', 'z'].map((handle) => store.people.join({ secretSha256: hex('a'), person: newId(), handle, name: handle, password: null, device: { id: newId(), name: 'x', tokenSha256: newId() }, chain: null, anew: false, devicesAllowed: 5, at: 1 })),
    );
    assert.deepEqual(outcomes.map((outcome) => outcome.kind).sort(), ['invitation.used', 'invitation.used', 'joined']);
    assert.equal((await store.people.all()).length, 1);
    await store.close();
  });

  test(`[STORE1] ${adapter}: a refused joining leaves nothing, and the invitation unused`, async () => {
    const store = await open();
    const first = await person(store, 'first');
    const device = newId();
    await store.devices.signIn(first, { id: device, name: 'x', tokenSha256: 't' }, 5, 2);
    await store.invitations.add({ secretSha256: hex('b'), by: null, device: null, created: 0, expires: 100, forHandle: null }, 10);
    const outcome = await store.people.join({ secretSha256: hex('b'), person: newId(), handle: 'second', name: 'second', password: null, device: { id: device, name: 'x', tokenSha256: 'u' }, chain: null, anew: false, devicesAllowed: 5, at: 1 });
    assert.equal(outcome.kind, 'device-foreign');
    assert.equal(await store.people.byHandle('second'), null);
    assert.equal((await store.invitations.find(hex('b')))?.used, null);
    await store.close();
  });

  test(`[STORE2] ${adapter}: offsets are compared and set: of many writers at one offset, one advances`, async () => {
    const store = await open();
    const owner = await person(store, 'owner');
    const blob = newId();
    assert.equal((await store.uploads.create({ id: blob, owner, length: null, offset: 0, sum: null, log: null, at: 1 }, allowed)).kind, 'created');
    const outcomes = await Promise.all([10, 20, 30].map((to) => store.uploads.advance({ owner, blob, from: 0, to, sum: null, length: null, at: 2, quota: 100 })));
    assert.equal(outcomes.filter((outcome) => outcome.kind === 'advanced').length, 1);
    const found = await store.uploads.find(owner, blob);
    assert.equal((await store.people.byId(owner))?.used, found === 'gone' ? 0 : found?.offset);
    const rest = await store.uploads.advance({ owner, blob, from: found === 'gone' ? 0 : (found?.offset ?? 0), to: 101, sum: null, length: null, at: 2, quota: 100 });
    assert.equal(rest.kind, 'quota');
    assert.equal(await store.uploads.find(newId(), blob), null);
    await store.close();
  });

  test(`[STORE3] ${adapter}: numbers are gap-free with many writers, refusals among them; readers never see a number before the one below it`, async () => {
    const store = await open();
    const owner = await person(store, 'owner');
    const log = newId();
    await append(store, owner, { log, class: 'create', membership: { kind: 'group', add: [] } });
    let watching = true;
    const watch = (async () => {
      let seen = 0;
      while (watching) {
        const page = await store.logs.page({ person: owner, device: newId() }, log, 0, 1000, 1e9, 5);
        const numbers = page?.events.map((event) => event.seq) ?? [];
        assert.deepEqual(numbers, Array.from({ length: numbers.length }, (_, at) => at + 1));
        assert.ok(numbers.length >= seen && page?.head === numbers.length);
        seen = numbers.length;
        await new Promise((resolve) => void setTimeout(resolve, 1));
      }
    })();
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, (_, at) => append(store, owner, { log, refers: at % 3 === 0 ? [newId()] : [] })));
    watching = false;
    await watch;
    assert.equal((await store.logs.page({ person: owner, device: newId() }, log, 0, 1, 1e9, 5))?.head, 1 + 10 * 13);
    await store.close();
  });

  test(`[STORE4] ${adapter}: an event closes all its blobs or none`, async () => {
    const store = await open();
    const owner = await person(store, 'owner');
    const log = newId();
    await append(store, owner, { log, class: 'create', membership: { kind: 'group', add: [] } });
    const [whole, half] = [newId(), newId()];
    await store.uploads.create({ id: whole, owner, length: 5, offset: 5, sum: hex('1'), log: null, at: 1 }, allowed);
    await store.uploads.create({ id: half, owner, length: 5, offset: 3, sum: hex('2'), log: null, at: 1 }, allowed);
    const blobs = [{ id: whole, length: 5, sha256: hex('1') }, { id: half, length: 5, sha256: hex('3') }];
    const early = await append(store, owner, { log, blobs });
    assert.deepEqual(early, { kind: 'refused', code: 'blob.incomplete', evidence: { blob: half, offset: 3, length: 5 } });
    assert.equal(await store.uploads.readable(owner, whole, 5), null);
    await store.uploads.advance({ owner, blob: half, from: 3, to: 5, sum: null, length: null, at: 2, quota: 100 });
    assert.deepEqual(await append(store, owner, { log, blobs }), { kind: 'unsummed', blob: half, offset: 5 });
    await store.uploads.setSum(half, 5, hex('3'));
    assert.equal((await append(store, owner, { log, blobs })).kind, 'appended');
    assert.deepEqual(await store.uploads.readable(owner, half, 5), { length: 5, sha256: hex('3') });
    await store.close();
  });

  test(`[STORE11] ${adapter}: what has ended is settled once; letting go of nothing changes nothing`, async () => {
    const store = await open();
    const [owner, other] = [await person(store, 'owner'), await person(store, 'other')];
    const [log, id] = [newId(), newId()];
    await append(store, owner, { log, class: 'create', membership: { kind: 'group', add: [other] } });
    await append(store, owner, { log, id, class: 'message', expiry: { heard: 1 } });
    await append(store, other, { log, class: 'heard', refers: [id] });
    assert.deepEqual(await store.keeping.sweep(1_004, 0, 10), { changed: [], more: false });
    const changed = [{ log, seq: 2, readers: [owner, other] }];
    const swept = await Promise.all([store.keeping.sweep(1_005, 0, 10), store.keeping.sweep(1_005, 0, 10)]);
    assert.deepEqual(swept.flatMap((one) => one.changed), changed);
    assert.equal((await store.logs.event(log, 2, 1_005))?.event.removed?.rule, 'expired');
    assert.deepEqual(await store.keeping.letGo({ person: other, log, messages: [id, newId()], forGood: true, at: 2_000 }), []);
    assert.equal(await store.keeping.letGo({ person: newId(), log, messages: [id], forGood: false, at: 2_000 }), null);
    await store.close();
  });

  test(`[STORE5] ${adapter}: tries are counted together, and forgiven`, async () => {
    const store = await open();
    const keys = [{ key: 'a', allowed: 2 }, { key: 'b', allowed: 3 }];
    const refused = await Promise.all(Array.from({ length: 4 }, () => store.tries.count(keys, 100, 50)));
    assert.deepEqual(refused, [null, null, { until: 150 }, { until: 150 }]);
    assert.equal(await store.tries.count(keys, 150, 50), null, 'a new window');
    await store.tries.forgive(['a'], ['b']);
    for (let count = 0; count < 2; count += 1) assert.equal(await store.tries.count(keys, 151, 50), null);
    assert.notEqual(await store.tries.count(keys, 151, 50), null);
    await store.tries.forgive(['a', 'b'], []);
    for (let count = 0; count < 2; count += 1) assert.equal(await store.tries.count(keys, 900_000, 50), null);
    for (let count = 0; count < 2; count += 1) assert.equal(await store.tries.count(keys, 160, 50), null, 'the clock that was ahead is put right');
    assert.deepEqual(await store.tries.count(keys, 170, 50), { until: 210 });
    await store.close();
  });

  test(`[STORE10] ${adapter}: a server learns how the one before it left, and incidents are kept, ended once and forgotten in time`, async () => {
    const store = await open();
    assert.equal(await store.status.begin(10), null);
    await store.status.alive(20);
    assert.deepEqual(await store.status.begin(30), { alive: 20, ended: false });
    await store.status.end(40);
    assert.deepEqual(await store.status.begin(50), { alive: 40, ended: true });
    const [first, second, third] = [1, 2, 3].map((began): Incident => ({ id: newId(), cause: 'storage.full', began, ended: null, note: `${began}` }));
    assert.ok(first && second && third);
    for (const one of [first, third, second, first]) await store.status.open(one);
    assert.deepEqual(await store.status.incidents(), [third, second, first]);
    assert.deepEqual([await store.status.close(first.id, 5), await store.status.close(first.id, 6), await store.status.close(newId(), 6)], [true, false, false]);
    assert.equal(await store.status.close(second.id, 7), true);
    await store.status.sweep(6, 10);
    assert.deepEqual(await store.status.incidents(), [third, { ...second, ended: 7 }]);
    await store.status.sweep(6, 1);
    assert.deepEqual(await store.status.incidents(), [third]);
    await store.status.sweep(1000, 0);
    assert.deepEqual(await store.status.incidents(), [third], 'what stands is not forgotten');
    await store.close();
  });

  test(`[STORE6] ${adapter}: a challenge is taken once, and not after its time`, async () => {
    const store = await open();
    const [id, old] = [newId(), newId()];
    await store.credentials.addChallenge(id, { person: null, challenge: 'c' }, 100);
    await store.credentials.addChallenge(old, { person: null, challenge: 'd' }, 100);
    const taken = await Promise.all([1, 2].map(() => store.credentials.takeChallenge(id, 50)));
    assert.deepEqual(taken.filter(Boolean), [{ person: null, challenge: 'c' }]);
    assert.equal(await store.credentials.takeChallenge(old, 100), null);
    await store.close();
  });

  /** Two people, a conversation, and the second one's subscription. */
  const subscribed = async (store: Store): Promise<{ readonly speaks: string; readonly hears: string; readonly device: string; readonly log: string; readonly say: () => Promise<AppendOutcome> }> => {
    const [speaks, hears, device, log] = [await person(store, 'speaks'), await person(store, 'hears'), newId(), newId()];
    await store.devices.signIn(hears, { id: device, name: 'x', tokenSha256: newId() }, 5, 2);
    await append(store, speaks, { log, class: 'create', membership: { kind: 'group', add: [hears] } });
    await store.push.subscribe(hears, device, address('one'), []);
    return { speaks, hears, device, log, say: () => append(store, speaks, { log, class: 'message' }) };
  };
  const address = (endpoint: string) => ({ endpoint, p256dh: 'p', auth: 'a' });

  test(`[STORE8] ${adapter}: a wake is pending with its event; of many who take it one gets it, and again only when its time comes`, async () => {
    const store = await open();
    const { device, log, say } = await subscribed(store);
    assert.deepEqual(await store.push.take(10, 20, 5), []);
    await Promise.all([say(), say(), say()]);
    assert.deepEqual(await store.push.counts(), { subscriptions: 1, waiting: 1, failed: 0, since: 5 });
    const taken = (await Promise.all([1, 2, 3].map(() => store.push.take(10, 20, 5)))).flat();
    assert.deepEqual(taken, [{ device, person: taken[0]?.person, log, seq: 4, asked: 5, tries: 0, held: false, ...address('one') }]);
    const [again] = await store.push.take(20, 30, 5);
    assert.ok(again);
    await store.push.later(again, 40, 1);
    assert.equal((await store.push.counts()).failed, 1);
    assert.deepEqual(await store.push.take(39, 50, 5), []);
    const [third] = await store.push.take(40, 50, 5);
    assert.equal(third?.tries, 1);
    await store.push.subscribe(third.person, device, address('two'), []);
    assert.deepEqual(await store.push.counts(), { subscriptions: 1, waiting: 1, failed: 0, since: 5 }, 'through another address nothing was tried in vain');
    await store.close();
  });

  test(`[STORE8] ${adapter}: an event that comes while the wake is on its way makes another one, and what took the place of an ended subscription stays`, async () => {
    const store = await open();
    const { hears, device, say } = await subscribed(store);
    await say();
    const [first] = await store.push.take(10, 20, 5);
    assert.ok(first);
    await say();
    await store.push.done(first, 11);
    const [second] = await store.push.take(11, 20, 5);
    assert.ok(second && second.seq > first.seq);
    await store.push.done(second, 12);
    assert.equal((await store.push.counts()).waiting, 0);
    await store.push.subscribe(hears, device, address('two'), []);
    await store.push.ended(second);
    assert.equal((await store.push.counts()).subscriptions, 1);
    await store.close();
  });

  test(`[STORE8] ${adapter}: a wake knows whether the device holds its event, and since when there is one that it does not`, async () => {
    const store = await open();
    const { hears, device, log, say } = await subscribed(store);
    await say();
    const [first] = await store.push.take(10, 20, 5);
    assert.deepEqual([first?.held, first?.asked], [false, 5]);
    await store.logs.setCursor({ person: hears, device, log, delivered: 2, troubles: null, at: 12 });
    assert.equal((await store.push.take(20, 30, 5))[0]?.held, true);
    await append(store, hears, { log, class: 'message' });
    assert.equal((await store.push.take(30, 40, 5))[0]?.seq, 2, 'what she says herself wakes nobody of hers');
    await store.close();
  });

  test(`[BACK3] ${adapter}: what devices have said about a log is counted so that a database of before, brought back, never counts up to what was known already`, async () => {
    const counted = async (times: readonly number[]): Promise<number | undefined> => {
      const store = await open();
      const { speaks, hears, device, log, say } = await subscribed(store);
      for (const [before, at] of times.entries()) {
        await say();
        await store.logs.setCursor({ person: hears, device, log, delivered: before + 2, troubles: null, at });
      }
      const count = (await store.logs.cursors(speaks, log))?.receipts;
      assert.equal((await store.logs.of(speaks)).find(({ id }) => id === log)?.receipts, count);
      await store.close();
      return count;
    };
    const now = 1_795_000_000_000;
    const [before, after] = [await counted([now, now + 5]), await counted([now, now + 900])];
    assert.notEqual(before, after, 'the second time as often, and later');
    assert.notEqual(await counted([now, now]), await counted([now]));
  });

  test(`[STORE9] ${adapter}: the keys of push are made once, and a subscription ends with its device’s session`, async () => {
    const store = await open();
    let count = 0;
    const make = () => ({ publicKey: `public ${(count += 1)}`, privateKey: 'private' });
    const keys = await Promise.all([store.push.keys(make), store.push.keys(make)]);
    assert.deepEqual(keys[0], keys[1]);
    const { hears, device } = await subscribed(store);
    await store.devices.revoke(hears, device, 3);
    assert.equal((await store.push.counts()).subscriptions, 0);
    await store.close();
  });
}
