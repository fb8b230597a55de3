// Runs files of tests in the order in which they are given: node scripts/run-tests.mjs HOW-MANY-AT-ONCE NICENESS FILE ...
// `node --test` would sort them by name, and a long file that begins last is waited for alone.
import { setPriority } from 'node:os';
import { run } from 'node:test';
import { at } from './child.mjs';
import report from './reporter.mjs';

const [atOnce, niceness, ...files] = process.argv.slice(2);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => ending.abort());

/** The longest file takes three minutes on a quiet machine: one that hangs is named, and the others are run. */
const timeout = 15 * 60_000;
setPriority(Number(niceness));
const events = run({ files: files.map(at), concurrency: Number(atOnce), signal: ending.signal, timeout });
events.on('test:fail', () => (process.exitCode = 1));
events.compose(report).pipe(process.stdout);
