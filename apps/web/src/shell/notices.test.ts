import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { createNotices, type Notices, type Said } from './notices.ts';

let notices: Notices;
let reported: unknown[];

beforeEach(() => {
  reported = [];
  Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
  notices = createNotices({ now: () => 0, sleep: () => Promise.withResolvers<never>().promise });
});

async function saidOf(error: Error): Promise<Said | undefined> {
  const work = async (): Promise<never> => {
    throw error;
  };
  assert.equal(await notices.attempt(work), false);
  return notices.current.value?.said;
}

test('[WEB46] what the browser refuses is said, by a code where there is one', async () => {
  assert.deepEqual(await saidOf(new Failure('network.offline')), { type: 'failure', code: 'network.offline', evidence: {} });
  assert.deepEqual(reported, []);
  assert.deepEqual(await saidOf(new DOMException('no Ogg here', 'EncodingError')), { type: 'failure', code: 'play.unsupported', evidence: { name: 'EncodingError' } });
  assert.deepEqual(await saidOf(new DOMException('full', 'QuotaExceededError')), { type: 'failure', code: 'device.storage', evidence: { name: 'QuotaExceededError' } });
  assert.deepEqual(await saidOf(new DOMException('too long ago', 'NotAllowedError')), { type: 'words', key: 'app.refused' });
});

test('[WEB46] a fault of the app is said to whoever waits, and reported as well', async () => {
  const bug = new TypeError('undefined is not a voice');
  assert.deepEqual(await saidOf(bug), { type: 'words', key: 'app.fault' });
  assert.deepEqual(reported, [bug]);
});
