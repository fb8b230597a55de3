import { relative } from 'node:path';
import { inspect } from 'node:util';

/**
 * @typedef {import('node:test/reporters').TestEvent} TestEvent
 * @typedef {Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>['data']} Verdict
 * @typedef {{ passed: number, failed: number, said?: string }} Totals `said`: what speaks against those that failed
 * @typedef {Record<string, Totals>} ByFile
 */

/**
 * What is said of a run of node:test: one line per file, every failure in full; and what is counted of it, in `total`.
 *
 * Skipped tests and files without tests count as failures: neither has shown anything.
 *
 * @param {AsyncIterable<TestEvent>} events
 * @param {Totals} total
 * @returns {AsyncGenerator<string>}
 */
export async function* report(events, total) {
  /** @type {string[]} the names around the present test, outermost first */
  const names = [];
  for await (const event of events) {
    if (event.type === 'test:start') {
      names.length = event.data.nesting;
      names.push(event.data.name);
    } else if (event.type === 'test:pass' || event.type === 'test:fail') {
      const objection = objectionTo(event);
      if (objection !== undefined) {
        const said = `\n✖ ${[...names.slice(0, event.data.nesting), event.data.name].join(' › ')}\n  ${place(event.data)}\n${indented(objection)}\n`;
        total.failed += 1;
        total.said = (total.said ?? '') + said;
        yield said;
      } else if (event.type === 'test:pass' && event.data.details.type !== 'suite') total.passed += 1;
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      const { counts, duration_ms: duration } = event.data;
      yield `${event.data.success ? '✔' : '✖'} ${fromTop(event.data.file)} (${counts.tests} tests, ${Math.round(duration)} ms)\n`;
    } else if (event.type === 'test:stderr' || event.type === 'test:stdout') yield event.data.message;
  }
}

/**
 * What speaks against counting this verdict as a pass, if anything does.
 *
 * @param {Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>} event
 * @returns {string | undefined}
 */
function objectionTo({ type, data }) {
  if (type === 'test:pass') {
    if (data.skip !== undefined || data.todo !== undefined) return 'It was skipped.';
    return data.nesting === 0 && isFile(data) ? 'There is no test in this file.' : undefined;
  }
  const error = data.details.error;
  if ('failureType' in error && error.failureType === 'subtestsFailed') {
    // The tests inside it have been counted already; a suite is no test of its own.
    return data.details.type === 'suite' ? undefined : error.message;
  }
  // node:test wraps what the test threw; the wrapping has nothing to add.
  return withoutNode(described(error.cause ?? error));
}

/** @param {unknown} thrown */
function described(thrown) {
  if (typeof thrown === 'string') return thrown;
  // Its message shows the difference already; the rest of it says so again.
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_ASSERTION') return thrown.stack ?? thrown.message;
  return inspect(thrown);
}

/**
 * Leaves out the lines of a stack that lie inside Node.
 *
 * @param {string} text
 */
function withoutNode(text) {
  return text
    .replace(/^ +at .*[( ]node:.*\n?/gm, '')
    .replace(/^ +at async Promise\.all .*\n?/gm, '')
    .trimEnd();
}

/**
 * A file in which no test was seen is itself reported as a test.
 *
 * @param {Verdict} data
 */
function isFile(data) {
  return data.file !== undefined && (data.name === data.file || fromTop(data.name) === fromTop(data.file));
}

/** @param {Verdict} data */
function place(data) {
  return data.file === undefined ? '' : `${fromTop(data.file)}:${data.line ?? 1}`;
}

/** @param {string} path */
const fromTop = (path) => relative(process.cwd(), path);

/** @param {string} text */
const indented = (text) => text.replace(/^/gm, '  ');
