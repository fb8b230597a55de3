import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, top } from '../../scripts/files.mjs';
import { roomOf, violationsIn, type Declared } from './imports.ts';
import { rooms } from './rooms.ts';
import { importsOf, scan } from './scan.ts';

const read = (path: string): string => readFileSync(join(top, path), 'utf8');

function namesIn(path: string, field: 'dependencies' | 'devDependencies'): Set<string> {
  if (!existsSync(join(top, path))) return new Set();
  const parsed = JSON.parse(read(path)) as Partial<Record<typeof field, Record<string, string>>>;
  return new Set(Object.keys(parsed[field] ?? {}));
}

const tools = namesIn('package.json', 'devDependencies');

describe('the rooms', () => {
  const sources = ['packages', 'apps'].flatMap(filesBelow).filter((path) => /\.[cm]?[jt]sx?$/.test(path));

  for (const room of new Set(sources.map(roomOf))) {
    test(`${room} imports only what the table allows, and its package.json declares it`, () => {
      const own = namesIn(`${room}/package.json`, 'dependencies');
      const declared: Declared = { own, tools: tools.union(namesIn(`${room}/package.json`, 'devDependencies')) };
      const inside = sources.filter((path) => roomOf(path) === room);
      assert.deepEqual(
        inside.flatMap((path) => violationsIn({ path, text: read(path) }, declared)),
        [],
      );
    });
  }

  test('the table has no room that does not exist, and no circle', () => {
    const reachable = (name: string, way: readonly string[]): readonly string[] => {
      assert.ok(!way.includes(name), [...way, name].join(' -> '));
      const room = [...rooms].find(([folder]) => `@earshot/${folder.split('/')[1] ?? ''}` === name);
      assert.ok(room, `${name} is not a room`);
      assert.ok(existsSync(join(top, room[0], 'package.json')), `${room[0]} is in the table only`);
      return room[1].mayImport.flatMap((next) => reachable(next, [...way, name]));
    };
    for (const folder of rooms.keys()) reachable(`@earshot/${folder.split('/')[1] ?? ''}`, []);
  });
});

describe('the checker of the rooms', () => {
  const declared: Declared = { own: new Set(['@earshot/base', '@earshot/server', 'ws']), tools: new Set(['fast-check']) };
  const found = (path: string, text: string): string[] => violationsIn({ path, text }, declared);

  const refused: readonly (readonly [path: string, text: string, why: RegExp])[] = [
    ['packages/client/src/a.ts', "import { Store } from '@earshot/server/store.ts';", /may not import @earshot\/server/],
    ['packages/client/src/a.test.ts', "import { Store } from '@earshot/server/store.ts';", /may not import @earshot\/server/],
    ['packages/client/src/a.ts', "const s = await import('@earshot/server/store.ts');", /may not import @earshot\/server/],
    ['packages/client/src/a.ts', "export { Store } from '@earshot/server/store.ts';", /may not import @earshot\/server/],
    ['packages/client/src/a.ts', "import type {\n  Store,\n} from '@earshot/server/store.ts';", /may not import @earshot\/server/],
    ['packages/client/src/a.ts', "import { clock } from '@earshot/client/clock.ts';", /relative/],
    ['packages/server/src/a.ts', "import { clock } from '../../base/src/clock.ts';", /leave its room/],
    ['apps/cli/src/a.ts', "import { ensure } from '../../../scripts/ensure.mjs';", /leave its room/],
    ['packages/server/src/a.ts', "import { clock } from '@earshot/protocol/wire.ts';", /not declared in packages\/server/],
    ['packages/server/src/a.ts', "import fc from 'fast-check';", /fast-check is not declared/],
    ['packages/server/src/a.ts', "import 'left-pad';", /left-pad is not declared/],
    ['packages/audio/src/a.ts', "import { readFile } from 'node:fs/promises';", /runs anywhere/],
    ['packages/audio/src/a.contract.ts', "import { readFile } from 'node:fs/promises';", /runs anywhere/],
    ['packages/audio/src/a.browser.ts', "import { readFile } from 'node:fs/promises';", /has no Node/],
    ['packages/audio/src/a.ts', "import { disk } from './disk.node.ts';", /runs anywhere may not import one for node/],
    ['packages/audio/src/a.browser.ts', "import { disk } from './disk.node.ts';", /for browser may not import one for node/],
    ['packages/recorder/src/a.ts', 'const shown = document.hidden;', /document is not there everywhere/],
    ['packages/recorder/src/a.ts', 'const text = `${navigator.language} of`;', /navigator is not there everywhere/],
    ['packages/recorder/src/a.ts', 'const all = globalThis.window;', /window is not there everywhere/],
    ['packages/attic/src/a.ts', '', /not in the table/],
  ];
  for (const [path, text, why] of refused) {
    test(`refuses in ${path}: ${text.replaceAll('\n', ' ')}`, () => {
      const violations = found(path, text);
      assert.equal(violations.length, 1, violations.join('\n'));
      assert.match(violations[0] ?? '', why);
    });
  }

  const allowed: readonly (readonly [path: string, text: string])[] = [
    [
      'packages/server/src/a.ts',
      "import { clock } from '@earshot/base/clock.ts';\nimport { WebSocket } from 'ws';\nimport { open } from 'node:fs';",
    ],
    ['packages/server/src/a.test.ts', "import fc from 'fast-check';\nimport { test } from 'node:test';"],
    ['packages/audio/src/a.contract.ts', "import assert from 'node:assert/strict';\nimport { test } from 'node:test';"],
    ['packages/audio/src/a.node.ts', "import { open } from 'node:fs';\nimport { disk } from './disk.node.ts';"],
    ['packages/audio/src/a.ts', "import type { Disk } from './disk.node.ts';"],
    ['packages/recorder/src/a.browser.ts', 'const shown = document.hidden;'],
    ['packages/recorder/src/a.ts', "// the window's document\nconst a = { window: 3 }; const b = 'navigator'; const c = a.window;"],
    ['packages/recorder/src/a.ts', "const text = `import { a } from '@earshot/server/a.ts'`; // import 'x'"],
    ['apps/web/build.ts', "import fc from 'fast-check';"],
    ['apps/cli/bin/earshot.mjs', "import { ensure } from '../../../scripts/ensure.mjs';"],
  ];
  for (const [path, text] of allowed) {
    test(`allows in ${path}: ${text.replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(found(path, text), []);
    });
  }

  test('reads past comments, templates, regular expressions and the text of elements', () => {
    const source = [
      "const quote = /['\"`]/; /* import 'a' */ const half = 1 / 2; // import 'b'",
      'const nested = `x ${`${{ a: 1 }.a}`} import "c"`;',
      "const element = <p>Don't</p>;",
      "import type { D } from 'd';",
      "import e, { type E } from 'e';",
      "import * as f from 'f';",
      "import 'g';",
      "export * from 'h';",
      "const i = import('i');",
    ].join('\n');
    assert.deepEqual(
      importsOf(source).map(({ specifier, typesOnly, line }) => [specifier, typesOnly, line]),
      [
        ['d', true, 4],
        ['e', false, 5],
        ['f', false, 6],
        ['g', false, 7],
        ['h', false, 8],
        ['i', false, 9],
      ],
    );
    assert.equal(scan(source).code.length, source.length);
  });
});
