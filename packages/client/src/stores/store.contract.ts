import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeLaws, type OpenStores } from './store-laws.ts';

/** Registers the laws of the store port as tests of one adapter. */
export function storeContract(name: string, open: OpenStores): void {
  for (const law of storeLaws) test(`${name}: ${law.name}`, async () => law.check(open, check));
}

const check = {
  equal: (actual: unknown, expected: unknown): void => assert.deepEqual(actual, expected),
};
