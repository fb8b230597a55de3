// node tests/browser/processor-time.ts [--seconds 60] [--way track|worklet]: what a minute of recording costs, thread by thread.
//
// The whole: processor time of all processes of the browser while it records, less that of the same browser with the same page open
// and the recorder ready, for one minute. The fake microphone of the test (FakeAudioInput) is no part of it. Ours is what runs in the
// page and in its workers: recorder, capturer, flusher, in the order in which they are started. The rest is the browser's own share:
// its sound threads, its pools, its other processes. The floor is what a page costs that holds the microphone open and does nothing.
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

const FAKE = 'utility: FakeAudioInput';
/** What Linux calls a worker's thread, and which they are. */
const WORKER = 'DedicatedWorker';
const WORKERS = ['recorder', 'capturer', 'flusher'];
/** The page's own thread bears the name of its program. */
const PAGE = 'renderer: chromium';

/** Seconds by name of process and thread. */
type Times = ReadonlyMap<string, number>;

function threadTimes(session: number): Times {
  const pids = execFileSync('ps', ['-o', 'pid=', '-s', String(session)], { encoding: 'utf8' }).trim().split(/\s+/);
  const times = new Map<string, number>();
  for (const pid of pids) {
    const kind = /--type=(\S+)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))?.[1] ?? 'browser';
    let workers = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`).map(Number).toSorted((one, other) => one - other)) {
      const folder = `/proc/${pid}/task/${thread}`;
      const called = readFileSync(`${folder}/comm`, 'utf8').trim();
      const name = `${kind}: ${called}${called === WORKER ? ` ${WORKERS[workers] ?? 'spare'}` : ''}`;
      if (called === WORKER) workers += 1;
      const [nanoseconds] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ');
      times.set(name, (times.get(name) ?? 0) + Number(nanoseconds) / 1e9);
    }
  }
  return times;
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, way: { type: 'string', default: 'track' } } });
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
const hold = (page: Page): Promise<unknown> => page.evaluate(async () => {
  // As the recorder asks for it. What nobody holds may be collected.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, sampleRate: 48_000, echoCancellation: false, noiseSuppression: false } });
  Object.assign(window, { stream });
});

const folder = await mkdtemp(join(tmpdir(), 'earshot-time-'));
try {
  await using site = await serveRecorder();
  const voice = await humanVoice(folder, 'voice', Array.from({ length: 12 }, (_, index) => `librivox/sense_and_sensibility_01_austen_64kb-0${[870, 880, 890][index % 3]}.wav`), 1);
  const measured: Times[] = [];
  for (const begin of [async () => undefined, hold, record]) {
    await using chromium = await OwnChromium.start({ voice: voice.path });
    const page = await chromium.open(values.way === 'track' ? site.url : site.lacking(['track']));
    // Sealed, as in the app.
    await page.evaluate(() => window.bench.open({ secret: new Uint8Array(32) }));
    measured.push(await minuteOf(chromium, page, begin));
  }
  const [idle, holding, recording] = measured as [Times, Times, Times];
  process.stdout.write('recording   holding   idle   (seconds of processor time for one minute)\n');
  for (const [name, time] of [...recording].toSorted(([, one], [, other]) => other - one)) {
    if (time >= 0.02) process.stdout.write(`${[time, holding.get(name) ?? 0, idle.get(name) ?? 0].map((one) => one.toFixed(2).padStart(8)).join(' ')}   ${name}\n`);
  }
  const costs = (times: Times): number => sum(times) - (times.get(FAKE) ?? 0) - sum(idle);
  const ours = sum(new Map([...recording].filter(([name]) => name === PAGE || /Worker|Worklet/.test(name)).map(([name, time]) => [name, time - (idle.get(name) ?? 0)])));
  const [whole, floor] = [costs(recording), costs(holding)];
  process.stdout.write(`by ${values.way}: ${whole.toFixed(2)} s, of which ours ${ours.toFixed(2)} s and the browser's own share ${(whole - ours).toFixed(2)} s (${floor.toFixed(2)} s with the microphone merely open); with the fake microphone ${(whole + (recording.get(FAKE) ?? 0)).toFixed(2)} s; load ${loadavg().map((load) => load.toFixed(1)).join(' ')}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
