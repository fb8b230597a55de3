import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personas } from './everybody.ts';
import { heldOut } from './persona.ts';

test('[PERS1] there are at least eighty personas of different names, each from rows of the inventory, and a third of them is held out', () => {
  assert.ok(personas.length >= 80, `${personas.length}`);
  assert.equal(new Set(personas.map(({ id }) => id)).size, personas.length);
  for (const { id, rows } of personas) assert.ok(rows.length > 0 && rows.every((row) => row >= 1 && row <= 236), id);
  const share = personas.filter(heldOut).length / personas.length;
  assert.ok(share > 0.25 && share < 0.42, `${share}`);
});
