import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContractResult } from '@earshot/recorder/journal/journal-files.contract.ts';
import { OwnChromium } from './chromium.ts';
import { serveRecorder } from './recorder-site.ts';

async function runContract(kind: 'opfs' | 'indexeddb'): Promise<ContractResult> {
  await using site = await serveRecorder();
  await using chromium = await OwnChromium.start();
  const page = await chromium.open(site.url);
  return await page.evaluate(
    (disk) =>
      new Promise<ContractResult>((resolve, reject) => {
        const worker = new Worker('/journal-contract.worker.js', { type: 'module' });
        worker.onmessage = ({ data }: MessageEvent<ContractResult>) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(disk);
      }),
    kind,
  );
}

for (const kind of ['opfs', 'indexeddb'] as const) {
  test(`[REC1] the journal on ${kind} keeps the whole contract in Chromium`, async (t) => {
    const results = await runContract(kind);
    assert.ok(results.length >= 12, `${results.length} tests`);
    for (const [name, complaint] of results) await t.test(name, () => assert.equal(complaint, null));
  });
}
