// Runs files of tests in the order in which they are given: node scripts/run-tests.mjs HOW-MANY-AT-ONCE NICENESS FILE ...
// `node --test` would sort them by name, and a long file that begins last is waited for alone.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { run } from 'node:test';
import { at } from './child.mjs';
import { report } from './reporter.mjs';

const [atOnce, niceness, ...files] = process.argv.slice(2);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => ending.abort());

/**
 * Against what hangs, and nothing else: it is named, and the others are run. The longest file takes five minutes on a machine that is
 * busy otherwise; one that is ten times slower is no failure of Earshot.
 */
const [LIMIT_OF_A_TEST, LIMIT_OF_A_FILE] = [10 * 60_000, 45 * 60_000];

/** @type {import('./reporter.mjs').ByFile} */
const totals = {};

/**
 * Each file is a run of its own: node:test holds its time limit against tests, and not against a process that does not end after
 * them, or that never ends because Node's own shutdown stands still now and then. What is counted belongs to the file that was
 * run, wherever its tests are written: that one can be run again.
 *
 * @param {string} file
 */
async function runFile(file) {
  const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(LIMIT_OF_A_FILE)]);
  const total = (totals[file] = { passed: 0, failed: 0 });
  for await (const line of report(run({ files: [at(file)], timeout: LIMIT_OF_A_TEST, signal }), total)) process.stdout.write(line);
}

setPriority(Number(niceness));
const waiting = files.values();
await Promise.all(
  Array.from({ length: Number(atOnce) }, async () => {
    for (const file of waiting) {
      if (ending.signal.aborted) return;
      await runFile(file);
    }
  }),
);
const ended = ending.signal.aborted;
const { EARSHOT_TEST_TOTALS: kept } = process.env;
if (kept !== undefined && !ended) writeFileSync(kept, JSON.stringify(totals));
// What a file that was given up has left open is not waited for.
process.exit(ended || Object.values(totals).some(({ failed }) => failed > 0) ? 1 : 0);
