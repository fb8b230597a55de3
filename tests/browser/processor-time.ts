// node tests/browser/processor-time.ts [--seconds 60]: what a minute of recording costs, thread by thread.
//
// The figure: processor time of all processes of the browser while it records, less that of the same browser with the same page open
// and the recorder ready, for one minute. Part of it is not the recorder's: a page that only listens to the microphone, and does nothing
// with what it hears, is measured as well. The fake microphone of the test is a thread by itself (FakeAudioInput).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { OwnChromium } from './chromium.ts';
import { serveRecorder } from './recorder-site.ts';
import { humanVoice } from './recorder-voice.ts';

/** Seconds by name of process and thread. */
type Times = ReadonlyMap<string, number>;

function threadTimes(session: number): Times {
  const pids = execFileSync('ps', ['-o', 'pid=', '-s', String(session)], { encoding: 'utf8' }).trim().split(/\s+/);
  const times = new Map<string, number>();
  for (const pid of pids) {
    const kind = /--type=(\S+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))?.[1] ?? 'browser';
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`;
      const name = `${kind}: ${readFileSync(`${folder}/comm`, 'utf8').trim()}`;
      const [nanoseconds] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ');
      times.set(name, (times.get(name) ?? 0) + Number(nanoseconds) / 1e9);
    }
  }
  return times;
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
/** Compilers need some seconds until what runs often runs well. */
const WARM = 10;

const wait = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time * 1_000));

/** Seconds for one minute of what `begin` begins. */
async function minuteOf(chromium: OwnChromium, page: Page, begin: (page: Page) => Promise<unknown>): Promise<Times> {
  await begin(page);
  await wait(WARM);
  const before = threadTimes(chromium.pid);
  await wait(seconds);
  return new Map([...threadTimes(chromium.pid)].map(([name, time]) => [name, ((time - (before.get(name) ?? 0)) / seconds) * 60]));
}

const sum = (times: Times): number => [...times.values()].reduce((total, time) => total + time, 0);

const record = (page: Page): Promise<unknown> => page.evaluate(() => window.bench.recorder.start({ take: window.bench.id(), conversation: window.bench.id() }));
const listen = (page: Page): Promise<unknown> => page.evaluate(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false } });
  const context = new AudioContext({ sampleRate: 48_000 });
  context.createMediaStreamSource(stream).connect(context.destination);
  await context.resume();
});

const folder = await mkdtemp(join(tmpdir(), 'earshot-time-'));
try {
  await using site = await serveRecorder();
  const voice = await humanVoice(folder, 'voice', Array.from({ length: 12 }, (_, index) => `librivox/sense_and_sensibility_01_austen_64kb-0${[870, 880, 890][index % 3]}.wav`), 1);
  const measured: Times[] = [];
  for (const begin of [async () => undefined, listen, record]) {
    await using chromium = await OwnChromium.start({ voice: voice.path });
    const page = await chromium.open(site.url);
    await page.evaluate(() => window.bench.open());
    measured.push(await minuteOf(chromium, page, begin));
  }
  const [idle, listening, recording] = measured as [Times, Times, Times];
  process.stdout.write('recording   listening   idle   (seconds of processor time for one minute)\n');
  for (const [name, time] of [...recording].toSorted(([, one], [, other]) => other - one)) {
    if (time >= 0.02) process.stdout.write(`${time.toFixed(2).padStart(8)} ${(listening.get(name) ?? 0).toFixed(2).padStart(11)} ${(idle.get(name) ?? 0).toFixed(2).padStart(8)}   ${name}\n`);
  }
  const all = sum(recording) - sum(idle);
  const fake = recording.get('utility: FakeAudioInput') ?? 0;
  process.stdout.write(`recording less idle: ${all.toFixed(2)} s, without the fake microphone ${(all - fake).toFixed(2)} s; recording less listening: ${(sum(recording) - sum(listening)).toFixed(2)} s; load ${loadavg().map((load) => load.toFixed(1)).join(' ')}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
