import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failingSeeds } from './failing-seeds.ts';
import { hashAtOnce } from './pure-hashing.ts';
import { type Outcome, simulate } from './run.ts';
import { ServerApp } from './server-host.ts';

const USAGE = 'npm run simulate -- [--seeds N] [--from S] | --seed S';

/** Runs worlds: those that once failed, then `seeds` new ones from `from` on; or just one, with its trace. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '100' }, from: { type: 'string', default: '10000' }, seed: { type: 'string' } } });
  const [count, from] = [Number(values.seeds), Number(values.from)];
  if (![count, from, Number(values.seed ?? 0)].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    console.log(USAGE);
    return 2;
  }
  hashAtOnce();
  const app = await ServerApp.make();
  if (values.seed !== undefined) return replay(await simulate(Number(values.seed), app));
  return await runAll([...failingSeeds.keys(), ...Array.from({ length: count }, (_, at) => from + at)], app);
}

function replay(outcome: Outcome): number {
  console.log(outcome.trace.join('\n'));
  console.log(`seed ${outcome.seed}: ${outcome.messages} messages, ${outcome.violations.length} violations`);
  return outcome.violations.length === 0 ? 0 : 1;
}

async function runAll(seeds: readonly number[], app: ServerApp): Promise<number> {
  const began = performance.now();
  const failed: number[] = [];
  let [messages, deliveries, told] = [0, 0, began];
  for (const [at, seed] of seeds.entries()) {
    const outcome = await simulate(seed, app);
    messages += outcome.messages;
    deliveries += outcome.deliveries;
    if (outcome.violations.length > 0) {
      failed.push(seed);
      show(outcome);
    }
    if (performance.now() - told < 10_000 && at + 1 < seeds.length) continue;
    told = performance.now();
    const minutes = (told - began) / 60_000;
    console.log(`${at + 1} of ${seeds.length} worlds, ${messages} messages to ${deliveries} devices, ${Math.round(messages / minutes)} messages a minute, ${failed.length} failed`);
  }
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}. Add them to packages/simulation/src/failing-seeds.ts with what was wrong.`);
  return failed.length === 0 ? 0 : 1;
}

function show({ seed, violations, trace }: Outcome): void {
  const file = join(tmpdir(), `earshot-seed-${seed}.txt`);
  writeFileSync(file, `${trace.join('\n')}\n`);
  console.log(`seed ${seed} FAILS (trace: ${file}; again: npm run simulate -- --seed ${seed})`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
}

process.exitCode = await main();
