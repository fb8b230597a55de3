// Every check there is, or one part of it: npm test [-- types|lint|house|build|unit|e2e [FILE ...]]
import { mkdtempSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWeb } from './build.mjs';
import { at, runNode } from './child.mjs';
import { Complaint, main } from './complaint.mjs';
import { ensureEngines, ensureTools } from './debian.mjs';
import { ensure } from './ensure.mjs';
import { filesBelow } from './files.mjs';
import { longest } from './longest.mjs';

/**
 * @typedef {import('./reporter.mjs').Totals} Totals
 * @typedef {import('./reporter.mjs').ByFile} ByFile
 * @typedef {{ needsTools?: true, run: (node: string, files: string[]) => Promise<Totals> }} Stage
 */

/**
 * Files of tests are run in three lanes, side by side. Those with a browser wait half of their time, for sound that must not
 * stutter: with three of them on two cores it did. What those leave of the processor is for the others, which stand
 * behind; with three of them, programs that wait for a server took it for gone. What is left then is for those that have no
 * clock but their own.
 *
 * @type {{ atOnce: number, niceness: number, takes: (file: string) => boolean }[]}
 */
const lanes = [
  { atOnce: 2, niceness: 0, takes: hasBrowser },
  { atOnce: 2, niceness: 5, takes: (file) => !hasBrowser(file) && !isTimeless(file) },
  { atOnce: 1, niceness: 10, takes: isTimeless },
];

/** In this order: what is quick and explains the most stands first. @type {Record<string, Stage>} */
const stages = {
  types: { run: checkTypes },
  lint: {
    run: (node) => check(node, ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives']),
  },
  house: {
    run: (node, files) =>
      test(
        node,
        chosen(files, (file) => file.startsWith('tests/house/')),
      ),
  },
  build: { run: async (node) => verdict(await buildWeb(node)) },
  unit: tests((file) => !/^tests\/(house|e2e)\//.test(file)),
  e2e: tests((file) => file.startsWith('tests/e2e/')),
  'unit and e2e': tests((file) => !file.startsWith('tests/house/')),
};

/** The engines that cannot be had here, and what would change that: their tests are not run. @type {{ engine: string, remedy: string }[]} */
const absent = [];

/** @returns {Promise<number>} the exit code */
async function checkAll() {
  const [part, ...files] = process.argv.slice(2);
  if (part !== undefined && stages[part] === undefined)
    throw new Complaint(`There is no part "${part}": choose ${Object.keys(stages).join(', ')}, or none.`);
  const parts = Object.entries(stages).filter(([name]) => (part === undefined ? name !== 'unit' && name !== 'e2e' : part === name));
  const node = ensure();
  if (parts.some(([, stage]) => stage.needsTools)) {
    ensureTools();
    absent.push(...ensureEngines());
  }
  // Whoever tests in the browser tests what stands in the checkout.
  if (part?.includes('e2e') === true && (await buildWeb(node)) !== 0) return 1;

  const all = [];
  for (const [name, stage] of parts) {
    const start = performance.now();
    console.log(`\n— ${name}`);
    const totals = await stage.run(node, files);
    console.log(`— ${name}: ${totals.passed} passed, ${totals.failed} failed, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    all.push(totals);
  }
  const { passed, failed } = added(all);
  for (const { engine, remedy } of absent) console.log(`\nNot run: the tests of recording in ${engine}, which is not here: ${remedy}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * A part that runs the files of tests that belong to it.
 *
 * @param {(file: string) => boolean} belongs
 * @returns {Stage}
 */
function tests(belongs) {
  return { needsTools: true, run: (node, files) => test(node, chosen(files, belongs)) };
}

/**
 * A check that is a program: it counts as one.
 *
 * @param {string} node
 * @param {string[]} args
 */
async function check(node, args) {
  return verdict(await runNode(node, args));
}

/**
 * One project for each world that code runs in: see the comments in these files.
 *
 * @param {string} node
 */
async function checkTypes(node) {
  const verdicts = [];
  for (const project of ['tsconfig.json', 'tsconfig.node.json', 'tsconfig.worker.json']) {
    verdicts.push(await check(node, ['node_modules/typescript/bin/tsc', '--project', project]));
  }
  return added(verdicts);
}

/** @param {Totals[]} several @returns {Totals} */
function added(several) {
  return several.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), { passed: 0, failed: 0 });
}

/** @param {number} code @returns {Totals} */
function verdict(code) {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * The test files that were asked for by name, or else all of this part.
 *
 * @param {string[]} files
 * @param {(file: string) => boolean} belongs
 */
function chosen(files, belongs) {
  if (files.length > 0) return files;
  const found = ['packages', 'apps', 'tests', 'bench', 'scripts'].flatMap(filesBelow).filter((file) => file.endsWith('.test.ts') && belongs(file));
  const here = found.filter((file) => !absent.some(({ engine }) => file.endsWith(`/${engine}.test.ts`) || file.endsWith(`-${engine}.test.ts`)));
  return [...longest.filter((file) => here.includes(file)), ...here.filter((file) => !longest.includes(file))];
}

/** @param {string} file */
function hasBrowser(file) {
  return /^tests\/(browser\/|engines\/|e2e\/web-)/.test(file);
}

/** @param {string} file */
function isTimeless(file) {
  return /^(packages\/simulation|tests\/corpus)\//.test(file);
}

/**
 * @param {string} node
 * @param {string[]} files
 * @returns {Promise<Totals>}
 */
async function test(node, files) {
  if (files.length === 0) {
    console.log('There are no tests here.');
    return { passed: 0, failed: 1 };
  }
  const first = await Promise.all(
    lanes.map(async ({ atOnce, niceness, takes }) => {
      const own = files.filter(takes);
      // Without a file node:test would go and look for some by itself.
      return own.length === 0 ? {} : await runTests(node, own, [atOnce, niceness]);
    }),
  );
  const all = Object.values(await lookedAtAgain(node, Object.fromEntries(first.flatMap((totals) => Object.entries(totals)))));
  // Whoever reads the end of a long log finds what failed there.
  const said = all.flatMap((totals) => totals.said ?? []).join('');
  if (said !== '' && files.length > 1) console.log(`\nWhat failed, once more:\n${said}`);
  return added(all);
}

/** More files than this do not fail by chance, on the busiest machine. */
const FEW = 8;

/**
 * Sound, frames and deadlines are real here, and a machine that is busy with something else for a second breaks a test that is
 * right. What failed is run once more, alone, and named as unsteady if it passes then: docs/decisions/0021-a-second-look.md.
 *
 * @param {string} node
 * @param {ByFile} first
 * @returns {Promise<ByFile>}
 */
async function lookedAtAgain(node, first) {
  const failed = Object.keys(first).filter((file) => (first[file]?.failed ?? 0) > 0);
  if (failed.length > FEW || !failed.every((file) => existsSync(at(file)))) return first;
  const all = { ...first };
  for (const file of failed) {
    console.log(`\nOnce more, alone: ${file}`);
    const second = added(Object.values(await runTests(node, [file], [1, 0])));
    if (second.failed === 0) console.log(`Unsteady: ${file} failed among others and passed alone. Please mend it.`);
    all[file] = second.failed === 0 ? second : (first[file] ?? second);
  }
  return all;
}

/**
 * @param {string} node
 * @param {string[]} files
 * @param {number[]} how many at once, and how far behind others
 * @returns {Promise<ByFile>}
 */
async function runTests(node, files, how) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-'));
  const totals = join(folder, 'totals.json');
  try {
    const code = await runNode(node, [at('scripts/run-tests.mjs'), ...how.map(String), ...files], { env: { EARSHOT_TEST_TOTALS: totals } });
    return judged(code, existsSync(totals) ? /** @type {ByFile} */ (JSON.parse(readFileSync(totals, 'utf8'))) : {});
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A runner that fell over, or that ran nothing, has not shown that all is well.
 *
 * @param {number} code
 * @param {ByFile} totals
 * @returns {ByFile}
 */
function judged(code, totals) {
  const { passed, failed } = added(Object.values(totals));
  if (failed > 0 || (code === 0 && passed > 0)) return totals;
  console.log(`The test runner ended with ${code} after ${passed} tests.`);
  return { ...totals, 'the test runner': { passed: 0, failed: 1 } };
}

await main(checkAll);
