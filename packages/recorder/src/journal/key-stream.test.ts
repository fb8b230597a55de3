import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyStream, streamed } from './key-stream.ts';

const key = await crypto.subtle.generateKey({ name: 'AES-CTR', length: 256 }, false, ['encrypt']);

test('[KEPT6] a stream that is made ahead is the same, packet by packet, and made once in some hundred packets', async () => {
  let makings = 0;
  const stream = new KeyStream((position, bytes) => {
    makings += 1;
    return streamed(key, position, bytes);
  });
  const sound = Uint8Array.from({ length: 60_000 }, (_, at) => at % 251);
  let packets = 0;
  const sealed = [];
  for (let at = 0; at < sound.length; packets += 1) {
    const bytes = sound.slice(at, at + 20 + ((packets * 37) % 200));
    // A disk that took nothing is asked for the same place again.
    await stream.sealed(at, bytes);
    sealed.push(await stream.sealed(at, bytes));
    at += bytes.length;
  }
  assert.deepEqual(Buffer.concat(sealed), Buffer.from(await streamed(key, 0, sound)));
  assert.ok(packets > 400 && makings <= 5, `${packets} packets, ${makings} makings`);
  assert.deepEqual(await stream.sealed(5, sound), await streamed(key, 5, sound));
});

test('[KEPT6] a piece that could not be made is asked for again', async () => {
  let broken = true;
  const stream = new KeyStream(async (position, bytes) => {
    if (broken) throw new Error('busy');
    return streamed(key, position, bytes);
  });
  await assert.rejects(stream.sealed(0, Uint8Array.of(1)));
  broken = false;
  assert.deepEqual(await stream.sealed(0, Uint8Array.of(1)), await streamed(key, 0, Uint8Array.of(1)));
});
