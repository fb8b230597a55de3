import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { handle } from '@earshot/protocol/wire.ts';
import { proposeHandle } from './handle.ts';

test('a handle is proposed from any name, and the wire accepts it', () => {
  const cases = { 'Ada Lovelace': 'ada.lovelace', '  Zoë  Müller-Lüdenscheidt ': 'zoë.müller.lüdenscheidt', '李 小龍': '李.小龍', 'Ben!': 'ben', 'R2-D2': 'r2.d2' };
  for (const [name, expected] of Object.entries(cases)) {
    assert.equal(proposeHandle(name), expected);
    assert.ok(v.is(handle, expected), expected);
  }
  const long = proposeHandle('a'.repeat(31) + ' b'.repeat(40));
  assert.ok(v.is(handle, long), long);
  assert.equal(proposeHandle('!!!'), '');
});
