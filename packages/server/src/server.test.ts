import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noise, startWorld } from './testing/world.ts';

test('[SRV1] a message travels: joined, uploaded, posted, pushed, fetched', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const bob = await world.join('bob');
  const log = await alice.direct(bob.person);
  using live = await bob.live();
  const bytes = noise(60_000);
  const blob = await alice.upload(bytes);
  const posted = await alice.post(alice.envelope(log, { blobs: [blob] }));
  assert.equal(posted.status, 200, posted.text);
  const frame = await live.frame('event');
  assert.equal((frame['event'] as { seq: number }).seq, posted.json.seq);
  const got = await fetch(`${bob.base}/v1/blobs/${blob.id}`, { headers: { authorization: `Bearer ${bob.token}` } });
  assert.equal(got.status, 200);
  assert.deepEqual(new Uint8Array(await got.arrayBuffer()), bytes);
});
