import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '@earshot/base/encoding.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Store } from '../store.ts';
import { memoryStore } from '../stores/memory.ts';
import { advance, grantEphemeral, newEphemeralChain, openEphemeral } from './ephemeral-chain.ts';
import { type Begun, EphemeralKeys } from './ephemeral-keys.ts';
import { type HeldPrekey, isPrekeyOf, newPrekey, rotation } from './ephemeral-prekeys.ts';
import { persona } from './testing/persona.ts';

const DAY = 86_400_000;
const ada = await persona(1);
const eve = await persona(2);
const tools = ada.primitives;
const log = '0123456789abcdefghjkmnpqrs';
const { prekey, held } = await newPrekey(tools, ada.device.id, ada.device.seeds.signing, 1, 0);
const chain = newEphemeralChain(seededRandom(3));
const from = (seq: number, device = ada.device.id): { seq: number; device: string } => ({ seq, device });
const isMissing = (error: unknown): boolean => error instanceof Failure && error.code === 'key.missing';
const hasVanished = (error: unknown): boolean => error instanceof Failure && error.code === 'key.vanished';

test('[VANISH1] a prekey is its device’s word; anybody else’s, and a changed one, is not', async () => {
  assert.equal(await isPrekeyOf(tools.signatures, ada.chain, prekey), true);
  assert.equal(await isPrekeyOf(tools.signatures, eve.chain, prekey), false);
  for (const bent of [{ ...prekey, number: 2 }, { ...prekey, device: eve.device.id }, { ...prekey, key: eve.chain.devices[0]?.keys.sealing ?? '' }]) {
    assert.equal(await isPrekeyOf(tools.signatures, ada.chain, bent), false);
  }
});

test('[VANISH2] prekeys change weekly, and the private half of the last but one is erased a week later', () => {
  const made = (number: number, day: number): HeldPrekey => ({ number, seed: held.seed, made: day * DAY });
  assert.deepEqual(rotation([], 0), { make: 1, erase: [] });
  assert.deepEqual(rotation([made(1, 0)], 6 * DAY), { make: null, erase: [] });
  assert.deepEqual(rotation([made(1, 0)], 7 * DAY), { make: 2, erase: [] });
  assert.deepEqual(rotation([made(2, 7), made(1, 0)], 13 * DAY), { make: null, erase: [] });
  assert.deepEqual(rotation([made(1, 0), made(2, 7)], 14 * DAY), { make: 3, erase: [1] });
  assert.deepEqual(rotation([made(1, 90)], 3 * DAY), { make: 2, erase: [] });
  // A server's clock that was put right by an hour makes nothing old, and erases nothing at once.
  const early = 1 / 24;
  assert.deepEqual(rotation([made(1, 0), made(2, 7 + early)], 7 * DAY), { make: null, erase: [] });
});

test('[VANISH3] the seed opens with the prekey it was sealed to, and with nothing once that is erased', async () => {
  const [grant] = await grantEphemeral(tools, log, chain, [prekey]);
  assert(grant);
  assert.deepEqual(await openEphemeral(tools, log, chain.id, grant, [held]), chain);
  assert.equal(await openEphemeral(tools, log, chain.id, grant, []), null);
  assert.equal(await openEphemeral(tools, ada.person, chain.id, grant, [held]), null);
  assert.equal(await openEphemeral(tools, log, chain.id, grant, [{ ...held, seed: ada.device.seeds.sealing }]), null);
});

const begun = { device: ada.device.id, seq: 1, at: 0 };
const all = async (store: Store): Promise<string> => JSON.stringify(await store.list({ from: '', to: '~' }), (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));

test('[VANISH4] sender and reader have the same keys, also out of order, and the store keeps nothing that gives an earlier one', async () => {
  const [sending, reading] = [memoryStore(), memoryStore()];
  const [mine, hers] = [new EphemeralKeys(sending), new EphemeralKeys(reading)];
  await mine.begin(log, chain, begun);
  await hers.begin(log, chain, begun);
  const sent = [await mine.next(log, chain.id), await mine.next(log, chain.id), await mine.next(log, chain.id)];
  assert.deepEqual(sent.map(({ step }) => step), [0, 1, 2]);
  for (const { step, key } of sent.toReversed()) assert.deepEqual(await hers.keyOf(log, chain.id, step, from(step + 2)), key);
  await hers.erase(async (_, seq) => seq === 3);
  await assert.rejects(hers.keyOf(log, chain.id, 1, from(3)), hasVanished);
  assert.deepEqual(await hers.keyOf(log, chain.id, 2, from(4)), sent[2]?.key);

  const rows = await all(reading);
  assert(!rows.includes(toHex(sent[1]?.key ?? new Uint8Array())), 'the key of what expired');
  for (let at = chain, step = 0; step < 3; at = (await advance(at)).next, step += 1) assert(!rows.includes(toHex(at.key)), `chain key ${step}`);
});

test('[VANISH5] a chain that has not come, or is asked for far ahead, gives nothing yet; one whose seed this device was not given never does', async () => {
  const keys = new EphemeralKeys(memoryStore());
  await assert.rejects(keys.keyOf(log, chain.id, 0, from(2)), isMissing);
  await keys.begin(log, { ...chain, key: null }, begun);
  await assert.rejects(keys.keyOf(log, chain.id, 0, from(2)), hasVanished);
  const others = new EphemeralKeys(memoryStore());
  await others.begin(log, chain, begun);
  await assert.rejects(others.keyOf(log, chain.id, 5_000, from(2)), (error) => error instanceof Failure && error.code === 'event.unreadable');
  assert.ok(await others.keyOf(log, chain.id, 2, from(2)));
  // Whoever else was given the chain takes no step of it.
  for (const step of [2, 3]) await assert.rejects(others.keyOf(log, chain.id, step, from(9, eve.device.id)), (error) => error instanceof Failure && error.code === 'event.unreadable');
});

test('[VANISH5] a chain that comes a second time goes on where it stands', async () => {
  const keys = new EphemeralKeys(memoryStore());
  await keys.begin(log, chain, begun);
  await keys.keyOf(log, chain.id, 0, from(2));
  await keys.erase(async () => true);
  await keys.begin(log, chain, begun);
  await assert.rejects(keys.keyOf(log, chain.id, 0, from(2)), hasVanished);
});

test('[VANISH6] a chain goes a day after its device began another, with the keys of what never came on it; what came can be opened as long as it may come back', async () => {
  const store = memoryStore();
  const keys = new EphemeralKeys(store);
  const second = newEphemeralChain(seededRandom(4));
  await keys.begin(log, chain, begun);
  const came = await keys.keyOf(log, chain.id, 1, from(5));
  await keys.begin(log, second, { ...begun, seq: 9, at: DAY });
  await keys.retire(DAY);
  assert.equal((await store.list({ from: 'k/ephemeral', to: 'k/ephemeral~' })).length, 4, 'not yet');
  await keys.retire(DAY + 1);
  assert.deepEqual(await keys.keyOf(log, chain.id, 1, from(5)), came);
  assert.deepEqual((await store.list({ from: 'k/ephemeral', to: 'k/ephemeral~' })).map(([key]) => key.split('/')[2]), ['chain', 'chain', 'key']);
  await assert.rejects(keys.keyOf(log, chain.id, 2, from(6)), hasVanished, 'what it sealed is not waited for');
  assert.equal(await keys.holds(log, chain.id), false);
  assert.ok(await keys.keyOf(log, second.id, 0, from(10)));
});

test('[VANISH6] a chain on which something is on its way stays, however long that takes, until it is back from the server', async () => {
  const store = memoryStore();
  const keys = new EphemeralKeys(store);
  const mine: Begun = { device: ada.device.id, seq: null, at: 0 };
  const left = async (): Promise<number> => {
    await keys.retire(400 * DAY);
    return (await store.list({ from: 'k/ephemeral/chain', to: 'k/ephemeral/key~' })).length;
  };
  await keys.begin(log, chain, mine);
  await store.commit([{ put: 'o/row/chain', value: { event: { envelope: {}, sealed: { begins: { chain: chain.id } } } } }]);
  assert.equal(await left(), 1, 'its beginning has not come to the server');
  await store.commit([{ drop: 'o/row/chain' }, { put: `k/ephemeral/own/${log}`, value: { chain: chain.id } }]);
  const { key } = await keys.next(log, chain.id);
  assert.equal(await left(), 2, 'this device sends on it');
  await store.commit([{ drop: `k/ephemeral/own/${log}` }, { put: 'o/row/message', value: { event: { envelope: { ephemeral: { chain: chain.id, step: 0 } }, sealed: {} } } }]);
  assert.equal(await left(), 2, 'a message is on its way');
  await keys.begin(log, { ...chain, key: null }, { ...mine, seq: 4, at: DAY });
  assert.deepEqual(await keys.keyOf(log, chain.id, 0, from(5)), key);
  await store.commit([{ drop: 'o/row/message' }]);
  await keys.begin(log, newEphemeralChain(seededRandom(4)), { ...mine, seq: 9, at: 2 * DAY });
  assert.equal(await left(), 3);
  assert.equal(await keys.holds(log, chain.id), false, 'and it goes as others do');
});

test('[VANISH4] what had ended before it came has no key on this device, and what comes behind it and before it has', async () => {
  const store = memoryStore();
  const keys = new EphemeralKeys(store);
  await keys.begin(log, chain, begun);
  await keys.pass(log, chain.id, 1);
  await assert.rejects(keys.keyOf(log, chain.id, 1, from(3)), hasVanished);
  for (const step of [0, 2]) assert.ok(await keys.keyOf(log, chain.id, step, from(step + 2)));
});

test('[VANISH4] two pages that open one event at the same time both have its key', async () => {
  const store = memoryStore();
  await new EphemeralKeys(store).begin(log, chain, begun);
  const other = new EphemeralKeys(store);
  let first = true;
  // The other page takes the step between any two reads of this one.
  const slow: Store = { ...store, list: (range) => store.list(range), commit: (changes) => store.commit(changes), close: () => store.close(), get: async (key) => {
    const value = await store.get(key);
    if (first) await other.keyOf(log, chain.id, 0, from(2));
    first = false;
    return value;
  } };
  const mine = await new EphemeralKeys(slow).keyOf(log, chain.id, 0, from(2));
  assert.deepEqual(mine, await other.keyOf(log, chain.id, 0, from(2)));
});
