import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

/** Runs in the page: the laws of the store over the IndexedDB of this browser, each on a database of its own. */
const PAGE = `
import { indexedDbStore } from '@earshot/client/stores/indexeddb.browser.ts';
import { storeLaws } from '@earshot/client/stores/store-laws.ts';
import { sameValue } from '@earshot/client/stores/same-value.ts';

let made = 0;
const open = async () => {
  const name = 'store-' + (made += 1);
  return { one: await indexedDbStore(name), other: await indexedDbStore(name), reopen: () => indexedDbStore(name) };
};
const check = {
  equal: (actual, expected) => {
    if (!sameValue(actual, expected)) throw new Error(JSON.stringify(actual) + ' is not ' + JSON.stringify(expected));
  },
};
globalThis.runLaw = (name) => storeLaws.find((law) => law.name === name).check(open, check);
globalThis.laws = storeLaws.map((law) => law.name);
`;

test('[DISK7] the IndexedDB store holds the laws of the store in a real Chromium', async (t) => {
  const bundled = await build({ stdin: { contents: PAGE, resolveDir: new URL('.', import.meta.url).pathname, loader: 'ts' }, bundle: true, format: 'iife', write: false, target: 'es2024' });
  const script = bundled.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html');
    response.end(request.url === '/page.js' ? script : '<!doctype html><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    const laws = await page.evaluate<string[]>('globalThis.laws');
    assert(laws.length >= 6);
    for (const law of laws) await t.test(`IndexedDB store: ${law}`, async () => page.evaluate(`globalThis.runLaw(${JSON.stringify(law)})`));
  } finally {
    await browser.close();
    server.close();
  }
});
