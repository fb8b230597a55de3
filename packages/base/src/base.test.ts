import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff } from './backoff.ts';
import { systemClock } from './clock.ts';
import { concat, fromBase64Url, fromHex, toBase32, toBase64Url, toHex } from './encoding.ts';
import { sha256 } from './hash.ts';
import { makeId } from './ids.ts';
import { seededRandom, systemRandom } from './random.ts';

test('base64url returns every byte and refuses other text', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assert.deepEqual([...fromBase64Url(toBase64Url(bytes))], [...bytes]);
  }));
  assert.throws(() => fromBase64Url('a+b'), SyntaxError);
});

test('base32 and hex match known values', () => {
  assert.equal(toBase32(Uint8Array.of(0xff, 0x00)), 'zw00');
  assert.equal(toBase32(new Uint8Array(16).fill(255)), `${'z'.repeat(25)}w`);
  assert.equal(toHex(Uint8Array.of(0, 15, 255)), '000fff');
  assert.deepEqual([...fromHex('000fff')], [0, 15, 255]);
  for (const bad of ['0', 'xy', '0x']) assert.throws(() => fromHex(bad), SyntaxError);
});

test('ids are 26 characters, and a seed replays them', () => {
  assert.match(makeId(systemRandom), /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(makeId(seededRandom(7)), makeId(seededRandom(7)));
  assert.notEqual(makeId(seededRandom(7)), makeId(seededRandom(8)));
});

test('back-off grows to its ceiling and no further', () => {
  const rule = { first: 100, longest: 1000 };
  const random = seededRandom(1);
  for (let attempts = 1; attempts < 60; attempts += 1) {
    const wait = backoff(rule, attempts, random);
    const ceiling = Math.min(1000, 100 * 2 ** (attempts - 1));
    assert.ok(wait >= ceiling / 2 - 1 && wait <= ceiling, `${attempts}: ${wait}`);
  }
});

test('a sleep ends when its signal aborts', async () => {
  const stop = new AbortController();
  const slept = systemClock.sleep(3_600_000, stop.signal);
  stop.abort();
  await slept;
});

test('[BAK18] a sleep of months lasts as long as it was told, and ends when its signal aborts', async (t) => {
  const waits: number[] = [];
  const stop = new AbortController();
  // As in Node: what is longer than a timer can hold ends after a millisecond.
  t.mock.method(globalThis, 'setTimeout', (done: () => void, milliseconds: number) => {
    waits.push(milliseconds > 2 ** 31 - 1 ? 1 : milliseconds);
    if (waits.length === 4) stop.abort();
    queueMicrotask(done);
  });
  await systemClock.sleep(60 * 86_400_000);
  assert.deepEqual([waits.length, waits.reduce((sum, one) => sum + one, 0)], [3, 60 * 86_400_000]);
  await systemClock.sleep(60 * 86_400_000, stop.signal);
  assert.equal(waits.length, 4);
});

test('sha256 of "abc" is the published one', async () => {
  assert.equal(await sha256(concat([Uint8Array.of(97), Uint8Array.of(98, 99)])), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
