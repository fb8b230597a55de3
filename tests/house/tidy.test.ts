import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesBelow, top } from '../../scripts/files.mjs';
import { rulesIn, rulesQuotedIn, untidyIn } from './tidiness.ts';

const read = (path: string): string => readFileSync(join(top, path), 'utf8');
const files = ['packages', 'apps', 'tests', 'bench', 'scripts'].flatMap(filesBelow);
const sources = files.filter((path) => /\.[cm]?[jt]sx?$/.test(path));

describe('the house is tidy', () => {
  test('there is something to look at', () => {
    assert.ok(sources.length > 20, `${sources.length} sources`);
  });

  test('no promises in comments, no tests passed over, no barrels', () => {
    assert.deepEqual(
      // Its own test shows what it refuses.
      sources.filter((path) => path !== 'tests/house/tidy.test.ts').flatMap((path) => untidyIn(path, read(path))),
      [],
    );
  });

  test('pages and styles have at most 400 lines, as the linter holds for sources', () => {
    const long = files.filter((path) => /\.(?:css|html|svg)$/.test(path) && read(path).split('\n').length > 401);
    assert.deepEqual(long, []);
  });
});

describe('SPEC.md and the tests', () => {
  const spec = existsSync(join(top, 'SPEC.md')) ? read('SPEC.md') : undefined;
  const rules = rulesIn(spec ?? '');
  // Laws that tests share stand in files of their own, so any source may quote.
  const quoting = sources.filter((path) => !path.startsWith('tests/house/'));

  test('every id stands for one rule', () => {
    assert.deepEqual(
      rules.filter((rule, index) => rules.indexOf(rule) !== index),
      [],
    );
    assert.ok(spec === undefined || rules.length > 0, 'SPEC.md states no rule that looks like "- **[UP3]** sentence."');
  });

  test('every rule that a test quotes is stated, and every rule that is stated is held by a test', () => {
    // Until there is a specification, there is nothing to hold the tests against.
    if (spec === undefined) return;
    const quoted = new Map(quoting.flatMap((path) => rulesQuotedIn(read(path)).map((rule) => [rule, path] as const)));
    const unknown = [...quoted]
      .filter(([rule]) => !rules.includes(rule))
      .map(([rule, path]) => `${path} quotes ${rule}, which SPEC.md does not state`);
    const unheld = rules.filter((rule) => !quoted.has(rule)).map((rule) => `no test quotes ${rule}`);
    assert.deepEqual([...unknown, ...unheld], []);
  });
});

describe('the checker of tidiness', () => {
  const refused: readonly (readonly [text: string, why: RegExp])[] = [
    ['// TODO later', /TODO promises/],
    ['const a = 1; /* FIXME */', /FIXME promises/],
    ["test.only('a', () => {});", /test\.only passes/],
    ["describe.skip('a', () => {});", /describe\.skip passes/],
    ["test('a', { timeout: 5, skip: !here }, () => {});", /skip passes/],
    ["test('a', { todo: 'soon' }, () => {});", /todo passes/],
    ["export * from './a.ts';", /only passes on/],
    ["// The face.\nexport { a } from './a.ts';\nexport type { B } from './b.ts';", /only passes on/],
    ["import { a } from './a.ts';\nexport { a };", /only passes on/],
  ];
  for (const [text, why] of refused) {
    test(`refuses ${text.replaceAll('\n', ' ')}`, () => {
      assert.match(untidyIn('packages/base/src/a.test.ts', text).join('\n'), why);
    });
  }

  test('refuses a file that is called index', () => {
    assert.match(untidyIn('packages/base/src/index.ts', 'export const a = 1;').join('\n'), /only passes on/);
  });

  test('allows what only looks like it', () => {
    const text = "// a list of todos, skipped\nconst skip = 'test.only';\nexport const only = { skip: 1 };\nimport './a.ts';";
    assert.deepEqual(untidyIn('packages/base/src/a.ts', text), []);
    assert.deepEqual(untidyIn('apps/web/src/a.ts', "import { a } from './a.ts';\na();"), []);
  });

  test('finds rules where they are stated, and where they are quoted', () => {
    assert.deepEqual(rulesIn('# Uploads\n\n- **[UP3]** One.\n- **[UP4]** As [UP3] says.\n'), ['UP3', 'UP4']);
    assert.deepEqual(rulesQuotedIn("// [UP1]\ntest('[UP3] [UP4] a', () => limits[UP5]);\ntest(`[UP6] b`);"), ['UP3', 'UP4', 'UP6']);
  });
});
