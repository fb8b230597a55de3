// node tests/browser/flush-trace.ts [--seconds 20]: lists what a recording browser asks of the disk, and how long audio stays unflushed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OwnChromium } from './chromium.ts';
import { serveRecorder } from './recorder-site.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } });

interface Call {
  readonly thread: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly name: string;
  readonly file: string;
  /** Milliseconds. */
  readonly took: number;
}

/** Lines of `strace -f -ttt -T`; calls that others interrupt come in two lines, of which the second has all but the file. */
function parse(text: string): Call[] {
  const begun = new Map<string, { at: number; name: string; file: string }>();
  const calls: Call[] = [];
  for (const line of text.split('\n')) {
    const [, thread, at, rest] = /^(\d+)\s+([\d.]+)\s+(.*)$/.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    const [, name, file] = /^(\w+)\(\d+<([^>]*)>/.exec(rest) ?? [];
    const took = Number(/<([\d.]+)>$/.exec(rest)?.[1] ?? Number.NaN) * 1_000;
    if (name !== undefined && file !== undefined && Number.isNaN(took)) begun.set(thread, { at: Number(at), name, file });
    else if (name !== undefined && file !== undefined) calls.push({ thread, at: Number(at), name, file, took });
    else if (!Number.isNaN(took)) {
      const before = begun.get(thread);
      if (before !== undefined) calls.push({ thread, ...before, took });
    }
  }
  return calls.toSorted((one, other) => one.at - other.at);
}

const folder = await mkdtemp(join(tmpdir(), 'earshot-trace-'));
try {
  await using site = await serveRecorder();
  await using chromium = await OwnChromium.start();
  const page = await chromium.open(site.url);
  await page.evaluate(() => window.bench.open());
  const file = join(folder, 'trace');
  // All processes of the browser, which has a session of its own.
  const pids = execFileSync('ps', ['-o', 'pid=', '-s', String(chromium.pid)], { encoding: 'utf8' }).trim().split(/\s+/);
  const strace = spawn('strace', ['-f', '-ttt', '-T', '-y', '-e', 'trace=fdatasync,fsync,pwrite64,ftruncate', '-o', file, ...pids.flatMap((pid) => ['-p', pid])], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await page.evaluate(async (seconds) => {
    await window.bench.recorder.start({ take: window.bench.id(), conversation: 'talk' });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    await window.bench.recorder.stop();
  }, Number(values.seconds));
  strace.kill('SIGINT');
  await once(strace, 'exit');
  const calls = parse(await readFile(file, 'utf8')).filter((call) => call.file.includes('File System/') && !call.file.includes('Paths') && !call.file.includes('Origins'));
  const writes = calls.filter((call) => call.name === 'pwrite64');
  const syncs = calls.filter((call) => call.name === 'fdatasync' || call.name === 'fsync');
  // Sound is safe when the flush ends; between the ends of two flushes, the first write waits the longest.
  const ends = syncs.map((call) => call.at + call.took / 1_000);
  const waits = ends.slice(1).map((end, index) => (end - (writes.find((write) => write.at > (syncs[index]?.at ?? 0))?.at ?? end)) * 1_000);
  const most = (list: readonly number[]): string => (list.length === 0 ? 'none' : `${Math.max(...list).toFixed(1)} ms`);
  process.stdout.write(`${writes.length} writes (the longest took ${most(writes.map((call) => call.took))}), ${syncs.length} flushes (${[...new Set(syncs.map((call) => call.name))].join()}; the longest took ${most(syncs.map((call) => call.took))})\n`);
  process.stdout.write(`written sound waited ${most(waits)} at most until it was flushed\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
