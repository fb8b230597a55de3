import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutOf, trimKey, trimShare } from './trim.ts';

test('[EDIT3] a handle moves inwards and back by keys and by pointer, and never takes everything', () => {
  assert.equal(trimKey('start', 'ArrowRight', 0, 500), 5);
  assert.equal(trimKey('end', 'ArrowLeft', 5, 500), 10);
  assert.equal(trimKey('end', 'PageDown', 10, 500), 60);
  assert.equal(trimKey('start', 'ArrowLeft', 0, 500), 0);
  assert.equal(trimKey('start', 'PageUp', 470, 500), 475);
  assert.equal(trimKey('start', 'x', 1, 500), null);
  assert.equal(trimShare('start', 0.2, 500), 100);
  assert.equal(trimShare('end', 0.2, 500), 400);
  assert.equal(trimShare('end', -1, 500), 475);
  assert.equal(trimShare('start', 1, 10), 0);
});

test('[EDIT3] what a handle has passed is what is cut', () => {
  assert.deepEqual(cutOf('start', 100, 500), { kind: 'cut', from: 0, to: 100 });
  assert.deepEqual(cutOf('end', 100, 500), { kind: 'cut', from: 400, to: 500 });
});
