import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import type { Prekey } from '@earshot/protocol/keys.ts';
import type { SessionRow } from '../account/session.ts';
import { below, keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { newEphemeralChain } from './ephemeral-chain.ts';
import { EphemeralKeys } from './ephemeral-keys.ts';
import { type PrekeyPorts, Prekeys } from './prekeys.ts';
import { persona } from './testing/persona.ts';

const DAY = 86_400_000;
const LOG = '00000000000000000000000003';
const ada = await persona(1);

/** A device whose server takes every prekey; and a look at a day. */
function device() {
  const store = memoryStore();
  const time = { day: 100 };
  /** What happens while it catches up. */
  const meanwhile = { work: (): void => undefined };
  const session: SessionRow = { person: ada.person, handle: 'ada', name: 'Ada', device: ada.device.id, token: null, locked: false, ended: null };
  const ephemeral = new EphemeralKeys(store);
  const prekeys = new Prekeys({
    store, ephemeral, primitives: ada.primitives,
    api: { call: async (_: string, { body }: { readonly body: Prekey }) => body },
    session: { current: async () => session },
    time: { now: () => time.day * DAY },
    ring: { device: async () => ({ id: session.device, signing: ada.device.seeds.signing }) },
    catchUp: async () => meanwhile.work(),
  } as unknown as PrekeyPorts);
  const look = async (day: number): Promise<string[]> => {
    time.day = day;
    await prekeys.look();
    return (await store.list(below('k/prekey'))).map(([key]) => key.split('/').slice(2).join('/'));
  };
  return { store, ephemeral, session, meanwhile, look, name: (number: number, id = ada.device.id) => keys.prekey(id, number).split('/').slice(2).join('/') };
}

test('[VANISH2] a chain that nobody can open keeps old prekeys for three weeks more, and not for ever; nothing else waits for it', async () => {
  const { store, ephemeral, look, name } = device();
  await store.commit([
    { put: keys.event(LOG, 1), value: { envelope: { class: 'chain' } } },
    { put: keys.late(LOG, 1), value: {} },
  ]);
  const [first, second] = [newEphemeralChain(seededRandom(3)), newEphemeralChain(seededRandom(4))];
  await ephemeral.begin(LOG, first, { device: 'other', seq: 5, at: 100 * DAY });
  await ephemeral.begin(LOG, second, { device: 'other', seq: 9, at: 101 * DAY });
  assert.deepEqual(await look(100), [name(1)]);
  assert.deepEqual(await look(107), [name(1), name(2)]);
  assert.deepEqual(await look(114), [name(1), name(2), name(3)], 'what was sealed to the first may still open');
  assert.deepEqual([await ephemeral.holds(LOG, first.id), await ephemeral.holds(LOG, second.id)], [false, true], 'a seed that was followed goes all the same');
  for (const day of [121, 128]) await look(day);
  assert.deepEqual((await look(135)).at(0), name(2));
  assert.deepEqual((await look(142)).at(0), name(3));
  await store.commit([{ drop: keys.late(LOG, 1) }]);
  assert.deepEqual((await look(143)).length, 2, 'then as usual');
});

test('[VANISH2] prekeys of what a device was called before go with the first of what it is called now', async () => {
  const { session, look, name } = device();
  await look(100);
  const now = '00000000000000000000000009';
  Object.assign(session, { device: now });
  assert.deepEqual((await look(101)).toSorted(), [name(1), name(1, now)].toSorted());
  assert.ok((await look(108)).includes(name(1)));
  assert.deepEqual(await look(115), [name(2, now), name(3, now)]);
});

test('[VANISH2] who signed out and in again while an old look was under way keeps what the device has under its new name', async () => {
  const { session, look, name, meanwhile } = device();
  for (const day of [100, 107]) await look(day);
  const now = '00000000000000000000000009';
  meanwhile.work = () => void Object.assign(session, { device: now });
  assert.deepEqual(await look(114), [name(1), name(2), name(3)], 'nothing is erased in the name of before');
});

test('[VANISH6] the key of what its sender took back goes once nobody can bring that back, the key of what ended otherwise at once, and of what is there not at all', async () => {
  const { store, look } = device();
  const ends = [{ at: 100 * DAY, by: 'other', rule: 'removed' }, { at: 100 * DAY, by: 'other' }, { at: 100 * DAY, by: 'other', rule: 'expired' }, null] as const;
  for (const [seq, removed] of ends.entries()) await store.commit([{ put: keys.ephemeralKey(LOG, 'chain', seq), value: { key: new Uint8Array(32), seq } }, { put: keys.message(LOG, seq), value: { removed } }]);
  const held = async (): Promise<number[]> => (await store.list(below('k/ephemeral/key'))).map(([, value]) => (value as { readonly seq: number }).seq);
  const seen = new Map<number, number[]>();
  for (let day = 100; day <= 145; day += 1) {
    await look(day);
    seen.set(day, await held());
  }
  assert.deepEqual([seen.get(113), seen.get(114), seen.get(130)], [[0, 1, 2, 3], [0, 1, 3], [0, 1, 3]], 'they rest for thirty days');
  assert.deepEqual(seen.get(145), [3]);
});
