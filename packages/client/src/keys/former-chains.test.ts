import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../stores/memory.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { headOf, identityOf } from './chain.ts';
import { noteIdentity, placeOf } from './former-chains.ts';
import { persona } from './testing/persona.ts';

const [first, second, third] = [await persona(1), await persona(2), await persona(3)];
const [one, two, three] = [first.chain, second.chain, third.chain];
const { person } = first;

test('[WATCH5] a head is found in the chain that has it, with the identities under which its person went on after that', async () => {
  const store = memoryStore();
  await store.commit([{ put: keys.former(person, 0), value: one }, { put: keys.former(person, 1), value: two }, { put: keys.chain(person), value: three }]);
  const later = async (head: Parameters<typeof placeOf>[2]): Promise<readonly string[] | undefined> => (await placeOf(store, person, head))?.later;
  assert.deepEqual(await later(headOf(three)), []);
  assert.deepEqual(await later(headOf(two)), [identityOf(three)]);
  assert.deepEqual(await later(headOf(one)), [identityOf(two), identityOf(three)]);
  assert.equal(await later({ index: 0, hash: 'f'.repeat(64) }), undefined);
});

test('[ANEW2] every identity that was accepted stays known, the newest last, also when a device hears again of one that it accepted itself', async () => {
  const store = memoryStore();
  const note = (identity: string): Promise<void> => transact(store, (transaction) => noteIdentity(transaction, 'accepted', person, identity));
  for (const identity of ['b', 'c', 'b', 'c']) await note(identity);
  assert.deepEqual(await store.get(keys.accepted(person)), ['b', 'c']);
});
