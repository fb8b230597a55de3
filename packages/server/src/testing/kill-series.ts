import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRounds } from './kill-rounds.ts';

// The long form of [SRV2]: node packages/server/src/testing/kill-series.ts [--rounds 50]. Fails at the first thing that is lost.
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });
const dataDir = await mkdtemp(join(tmpdir(), 'earshot-kill-'));
try {
  const told = (round: number, messages: number): void => void process.stdout.write(`round ${round}: ${messages} messages acknowledged so far, all of them there\n`);
  const report = await killRounds(dataDir, Number(values.rounds), told);
  process.stdout.write(`${report.rounds} kills, ${report.messages} acknowledged messages, ${report.bytes} bytes: 0 lost\n`);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
