import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { aesKey } from '../keys/symmetric.ts';
import { memoryStore } from '../stores/memory.ts';
import { storeContract } from '../stores/store.contract.ts';
import { type Cipher, webCipher } from '../keys/cipher.ts';
import { type AtRest, atRestStore, type KeyHolder } from './at-rest-store.ts';

/** `going`: what happens in another page while the key is exchanged. */
function memoryHolder(going = async (): Promise<unknown> => undefined): KeyHolder {
  const random = seededRandom(5);
  let cipher: Promise<Cipher> | null = null;
  return {
    open: () => (cipher ??= aesKey(random.bytes(32)).then((key) => webCipher(key, random))),
    destroy: async () => {
      await going();
      cipher = null;
    },
  };
}

let seed = 100;
const random = (): ReturnType<typeof seededRandom> => seededRandom((seed += 1));

storeContract('store at rest', async () => {
  const [inner, holder] = [memoryStore(), memoryHolder()];
  const open = async (): Promise<AtRest['store']> => (await atRestStore(inner, holder, random())).store;
  return { one: await open(), other: await open(), reopen: open };
});

test('[REST5] after a person went, what is left goes on under a new key, for every page that has the store open', async () => {
  const [inner, holder] = [memoryStore(), memoryHolder()];
  const [one, other] = [await atRestStore(inner, holder, random()), await atRestStore(inner, holder, random())];
  await one.store.commit([{ put: 'r/said', value: 'a secret' }, { put: 'session', value: 'who' }, { put: 'b/x/0', value: Uint8Array.of(1) }]);
  const before = await inner.get('r/said');
  await one.store.commit([{ drop: 'r/said' }]);
  await one.forget();
  assert.equal(await other.store.get('session'), 'who');
  assert.deepEqual(await other.store.get('b/x/0'), Uint8Array.of(1));
  assert.equal(await other.store.commit([{ expect: 'session', value: 'who' }, { put: 'session', value: 'she' }]), true);
  assert.equal(await one.store.get('session'), 'she');
  // Even the bytes that a disk may still hold of it open no more.
  assert(before !== undefined);
  await inner.commit([{ put: 'r/said', value: before }]);
  assert.equal(await one.store.get('r/said'), undefined);
});

test('[REST5] what another page writes while the key is exchanged is nobody’s that opens no more: what waits to be sent goes on, the rest went with her', async () => {
  const inner = memoryStore();
  const pages: AtRest[] = [];
  const holder = memoryHolder(async () => await pages[1]?.store.commit([{ put: 'o/row/take', value: 'unsent' }, { put: 'r/said', value: 'a secret' }, { put: 'k/log', value: 'a key' }]));
  for (let page = 0; page < 2; page += 1) pages.push(await atRestStore(inner, holder, random()));
  const [one, other] = pages;
  assert(one !== undefined && other !== undefined);
  await one.store.commit([{ put: 'session', value: 'who' }]);
  await one.forget();
  for (const { store } of [one, other, await atRestStore(inner, holder, random())]) {
    assert.deepEqual(await store.list({ from: '', to: '\uffff' }), [['o/row/take', 'unsent'], ['session', 'who']]);
  }
});

test('[HEAL1] a row of the replica that does not open is set aside with its bytes, and told; all others are read and written', async () => {
  const [inner, holder] = [memoryStore(), memoryHolder()];
  const { store, onDamage } = await atRestStore(inner, holder, random());
  let told = 0;
  onDamage(() => (told += 1));
  await store.commit([{ put: 'r/a', value: 1 }, { put: 'r/b', value: 2 }, { put: 'k/device', value: 3 }]);
  const spoilt = Uint8Array.from((await inner.get('r/a')) as Uint8Array, (byte, at) => (at === 20 ? byte ^ 1 : byte));
  await inner.commit([{ put: 'r/a', value: spoilt }]);
  assert.deepEqual(await store.list({ from: 'r/', to: 'r0' }), [['r/b', 2]]);
  assert.deepEqual(await store.get('damaged/r/a'), spoilt);
  assert.equal(told, 1);
  assert.equal(await store.commit([{ expect: 'r/a', value: undefined }, { put: 'r/a', value: 4 }]), true);
  // What nobody else has is not put out of sight.
  await inner.commit([{ put: 'k/device', value: spoilt }]);
  await assert.rejects(store.get('k/device'), { code: 'device.damaged', evidence: { row: 'k/device' } });
  assert.deepEqual(await store.get('damaged/k/device'), undefined);
});

test('[HEAL1] a row of what waits to be sent that does not open is set aside with its bytes as well, and the device can be signed out of', async () => {
  const [inner, holder] = [memoryStore(), memoryHolder()];
  const { store, forget, onDamage } = await atRestStore(inner, holder, random());
  let told = 0;
  onDamage(() => (told += 1));
  await store.commit([{ put: 'o/row/a', value: 1 }, { put: 'o/row/b', value: 2 }, { put: 'b/x/0', value: Uint8Array.of(1) }]);
  const spoilt = Uint8Array.from((await inner.get('o/row/a')) as Uint8Array, (byte, at) => (at === 20 ? byte ^ 1 : byte));
  await inner.commit([{ put: 'o/row/a', value: spoilt }]);
  await forget();
  assert.deepEqual(await store.list({ from: 'o/', to: 'o0' }), [['o/row/b', 2]]);
  assert.deepEqual(await store.get('b/x/0'), Uint8Array.of(1));
  assert.equal(told, 1);
});

test('[REST5] killed between the key and the rows: what nobody can read any more does not stand in the way', async () => {
  const [inner, holder] = [memoryStore(), memoryHolder()];
  const { store } = await atRestStore(inner, holder, random());
  await store.commit([{ put: 'session', value: 'who' }, { put: 'kept/a/1/x', value: Uint8Array.of(7) }]);
  await holder.destroy();
  const again = await atRestStore(inner, holder, random());
  assert.equal(await again.store.get('session'), undefined);
  assert.deepEqual(await again.store.get('kept/a/1/x'), Uint8Array.of(7));
});
