import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { createSampleRecorder } from '../testing/sample-recorder.ts';
import { ownRecorder } from './own-recorder.ts';

test('[KEPT3] everybody has a folder of her own, under a secret of her own; the one before is closed, and one that failed is tried again', async () => {
  let person: string | null = null;
  let full = false;
  const told: string[] = [];
  const recorder = ownRecorder({ current: async () => (person === null ? null : { person, handle: person, name: person, device: 'd', locked: false }), ownSecret: async () => new TextEncoder().encode(person ?? '') }, async (folder, secret) => {
    if (full) throw new Failure('recorder.storage');
    told.push(`open ${folder} by ${new TextDecoder().decode(secret)}`);
    return { ...createSampleRecorder({}), [Symbol.asyncDispose]: async () => void told.push(`close ${folder}`) };
  });
  await assert.rejects(recorder(), { code: 'session.missing' });
  person = 'ada';
  assert.equal(await recorder(), await recorder());
  person = 'ben';
  full = true;
  await assert.rejects(recorder(), { code: 'recorder.storage' });
  full = false;
  await recorder();
  assert.deepEqual(told, ['open journal-ada by ada', 'close journal-ada', 'open journal-ben by ben']);
});
