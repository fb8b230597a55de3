// node tests/browser/kill-series.ts [--kills 100] [--target browser|renderer|page]: kills a recording browser at random moments.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { distributionOf, killAgainAndAgain } from './recorder-kills.ts';
import type { Target } from './recorder-kills.ts';
import { serveRecorder } from './recorder-site.ts';
import { humanVoice } from './recorder-voice.ts';

/** Milliseconds of sound that a kill may cost. */
const BOUND = 100;
const TARGETS: readonly Target[] = ['browser', 'renderer', 'page'];

const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, target: { type: 'string', default: 'browser' } } });
const target = TARGETS.find((one) => one === values.target);
const count = Number(values.kills);
if (target === undefined || !Number.isInteger(count) || count < 1) throw new Error('usage: kill-series.ts [--kills N] [--target browser|renderer|page]');

const folder = await mkdtemp(join(tmpdir(), 'earshot-kills-'));
try {
  await using site = await serveRecorder();
  const voice = await humanVoice(folder, 'voice', ['0870', '0880', '0890'].map((part) => `librivox/sense_and_sensibility_01_austen_64kb-${part}.wav`), 1);
  const delays = Array.from({ length: count }, () => 300 + Math.floor(Math.random() * 2_700));
  const kills = await killAgainAndAgain({
    site, voice: voice.path, profile: join(folder, 'profile'), target, delays,
    told: ({ after, lost }) => process.stdout.write(`after ${after} ms: ${lost} ms lost\n`),
  });
  const { least, median, p95, most } = distributionOf(kills);
  process.stdout.write(`${target} killed ${count} times: lost ${least} ms at least, ${median} ms in the median, ${p95} ms at the 95th percentile, ${most} ms at most (bound: ${BOUND} ms)\n`);
  for (let from = Math.floor(least / 10) * 10; from <= most; from += 10) {
    const there = kills.filter(({ lost }) => lost >= from && lost < from + 10).length;
    process.stdout.write(`${String(from).padStart(5)} ms ${'#'.repeat(there)} ${there}\n`);
  }
  if (most > BOUND) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
