import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Runs in the page: the laws of the store over the IndexedDB of this browser, plain and sealed, each on a database of its own. */
const PAGE = `
import { systemRandom } from '@earshot/base/random.ts';
import { destroyReplicaKey, openReplicaKey } from '@earshot/client/at-rest/replica-key.browser.ts';
import { webCipher } from '@earshot/client/keys/cipher.ts';
import { sealedStore } from '@earshot/client/at-rest/sealed-store.ts';
import { indexedDbStore } from '@earshot/client/stores/indexeddb.browser.ts';
import { storeLaws } from '@earshot/client/stores/store-laws.ts';
import { sameValue } from '@earshot/client/stores/same-value.ts';

let made = 0;
const sealed = async (name) => sealedStore(await indexedDbStore(name), webCipher(await openReplicaKey(name), systemRandom));
const opener = (open) => async () => {
  const name = 'store-' + (made += 1);
  return { one: await open(name), other: await open(name), reopen: () => open(name) };
};
// What the browser does to a connection: behind the back of the store, before whatever it is asked for.
const connections = new Set();
const openDatabase = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...input) {
  const request = openDatabase.apply(this, input);
  request.addEventListener('success', () => connections.add(request.result));
  return request;
};
const cutAll = () => {
  for (const connection of connections) connection.close();
  connections.clear();
};
const cut = async (name) => {
  const store = await indexedDbStore(name);
  const first = (verb) => (...input) => (cutAll(), store[verb](...input));
  return { get: first('get'), list: first('list'), commit: first('commit'), close: () => store.close() };
};
const stores = { plain: opener(indexedDbStore), sealed: opener(sealed), cut: opener(cut) };
globalThis.openLasting = async () => {
  connections.clear();
  globalThis.lasting = await indexedDbStore('lasting');
  await lasting.commit([{ put: 'row', value: 1 }]);
  globalThis.lost = new Promise((resolve) => connections.forEach((connection) => connection.addEventListener('close', resolve)));
};
globalThis.useLasting = async () => {
  await lost;
  const before = await lasting.get('row');
  await lasting.commit([{ put: 'row', value: 2 }]);
  return { before, after: await lasting.get('row') };
};
globalThis.useEnded = async () => {
  const store = await indexedDbStore('ended');
  const deleting = indexedDB.deleteDatabase('ended');
  await new Promise((resolve, reject) => {
    deleting.onsuccess = resolve;
    deleting.onblocked = () => reject(new Error('the store stands in the way'));
  });
  const code = await store.get('row').then(() => 'answered', (error) => error.code);
  return { code, made: (await indexedDB.databases()).some(({ name }) => name === 'ended') };
};
const check = {
  equal: (actual, expected) => {
    if (!sameValue(actual, expected)) throw new Error(JSON.stringify(actual) + ' is not ' + JSON.stringify(expected));
  },
};
globalThis.runLaw = (store, name) => storeLaws.find((law) => law.name === name).check(stores[store], check);
globalThis.laws = storeLaws.map((law) => law.name);
globalThis.keyOfPages = async () => {
  const keys = await Promise.all([openReplicaKey('raced'), openReplicaKey('raced'), openReplicaKey('raced')]);
  const iv = new Uint8Array(12);
  const sealedBytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, keys[0], new Uint8Array(4));
  const opens = (key) => crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealedBytes).then(() => true, () => false);
  const shared = await Promise.all([...keys, await openReplicaKey('raced')].map(opens));
  const exported = await crypto.subtle.exportKey('raw', keys[0]).then(() => 'exported', (error) => error.name);
  await destroyReplicaKey('raced');
  return { shared, exported, afterwards: await opens(await openReplicaKey('raced')) };
};
`;

let browser: Browser;
let page: Page;
const server = createServer();

before(async () => {
  const bundled = await build({ stdin: { contents: PAGE, resolveDir: new URL('.', import.meta.url).pathname, loader: 'ts' }, bundle: true, format: 'iife', write: false, target: 'es2024' });
  const script = bundled.outputFiles[0]?.text ?? '';
  server.on('request', (request, response) => {
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
    response.end(request.url === '/page.js' ? script : '<!doctype html><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
});
after(async () => {
  await browser.close();
  server.close();
});

for (const [rule, store] of [['[DISK7]', 'plain'], ['[DISK7]', 'sealed'], ['[DISK8]', 'cut']] as const) {
  test(`${rule} the ${store} IndexedDB store holds the laws of the store in a real Chromium`, async (t) => {
    const laws = await page.evaluate<string[]>('globalThis.laws');
    assert(laws.length >= 6);
    for (const law of laws) await t.test(`${store} IndexedDB store: ${law}`, async () => page.evaluate(`globalThis.runLaw(${JSON.stringify(store)}, ${JSON.stringify(law)})`));
  });
}

test('[DISK8] a store whose connection a real Chromium has closed is used on; one that had to make way is not opened again', async () => {
  await page.evaluate('globalThis.openLasting()');
  const devtools = await page.context().newCDPSession(page);
  // It ends all connections of the origin, and takes what was there.
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' });
  await devtools.detach();
  assert.deepEqual(await page.evaluate('globalThis.useLasting()'), { before: undefined, after: 2 });
  assert.deepEqual(await page.evaluate('globalThis.useEnded()'), { code: 'device.storage', made: false });
});

test('[REST6] the key of a browser’s store is one for all its pages, cannot be taken out, and once destroyed never comes back', async () => {
  const { shared, exported, afterwards } = await page.evaluate<{ shared: boolean[]; exported: string; afterwards: boolean }>('globalThis.keyOfPages()');
  assert.deepEqual(shared, [true, true, true, true]);
  assert.equal(exported, 'InvalidAccessError');
  assert.equal(afterwards, false);
});
