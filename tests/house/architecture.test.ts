import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, top } from '../../scripts/files.mjs';
import { rooms } from './rooms.ts';

const page = readFileSync(join(top, 'ARCHITECTURE.md'), 'utf8');

/** The rows of the table whose first column has this heading, each as its cells. */
function rowsUnder(heading: string): string[][] {
  const [, ...below] = page.slice(page.indexOf(`\n| ${heading} |`) + 1).split('\n');
  const end = below.findIndex((line) => !line.startsWith('|'));
  return below.slice(1, end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

describe('ARCHITECTURE.md', () => {
  test('its table of rooms says what the table says by which imports are checked', () => {
    const said = rowsUnder('room').map(([room = '', , imports = '']) => [room.replaceAll('`', ''), imports === 'nothing' ? [] : imports.split(', ')] as const);
    const held = [...rooms].map(([room, { mayImport }]) => [room, mayImport.map((name) => name.replace('@earshot/', ''))] as const);
    const sorted = (all: readonly (readonly [string, readonly string[]])[]): object => Object.fromEntries(all.map(([room, names]) => [room, names.toSorted()]));
    assert.deepEqual(sorted(said), sorted(held));
  });

  test('its table of ports names every contract suite of the packages, and none that does not exist', () => {
    const said = rowsUnder('port').flatMap(([, room = '', , , suites = '']) => [...suites.matchAll(/`([\w-]+\.contract\.ts)`/g)].map(([, name = '']) => `${room} ${name}`));
    const there = filesBelow('packages').filter((path) => path.endsWith('.contract.ts')).map((path) => `${path.split('/')[1] ?? ''} ${path.split('/').at(-1) ?? ''}`);
    assert.deepEqual(said.toSorted(), there.toSorted());
  });
});
