import { writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failingSeeds } from './failing-seeds.ts';
import { playBundle } from './play-bundle.node.ts';
import { type Outcome, simulate } from './run.ts';
import { ServerApp } from './server-host.ts';
import { simulateAll } from './workers.node.ts';

const USAGE = 'npm run simulate -- [--seeds N] [--from S] [--processes P] [--years] [--busy] | --seed S [--years] [--busy] | --bundle FILE [--seed S]';

/** Runs worlds: those that once failed, then `seeds` new ones from `from` on, in as many processes as there are cores; or just one world, with its trace; with `--years` worlds in which years pass, with `--busy` two people who do three times as much; or what a support bundle tells. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '100' }, from: { type: 'string', default: '10000' }, processes: { type: 'string', default: String(availableParallelism()) }, seed: { type: 'string' }, bundle: { type: 'string' }, years: { type: 'boolean', default: false }, busy: { type: 'boolean', default: false } } });
  const [count, from, processes] = [Number(values.seeds), Number(values.from), Number(values.processes)];
  if (![count, from, processes, Number(values.seed ?? 0)].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    console.log(USAGE);
    return 2;
  }
  if (values.bundle !== undefined) return await playBundle(values.bundle, Number(values.seed ?? 1), (line) => console.log(line));
  if (values.seed !== undefined) {
    return replay(await simulate(Number(values.seed), await ServerApp.make(), values));
  }
  const fresh = Array.from({ length: count }, (_, at) => from + at);
  const terms = (['years', 'busy'] as const).filter((term) => values[term]).map((term) => `--${term}`);
  return await runAll(terms.length > 0 ? fresh : [...failingSeeds.keys(), ...fresh], Math.max(1, processes), terms);
}

function replay(outcome: Outcome): number {
  console.log(outcome.trace.join('\n'));
  console.log(`seed ${outcome.seed}: ${outcome.messages} messages, ${outcome.violations.length} violations`);
  return outcome.violations.length === 0 ? 0 : 1;
}

async function runAll(seeds: readonly number[], processes: number, terms: readonly string[]): Promise<number> {
  const began = performance.now();
  const failed: number[] = [];
  let [worlds, real, messages, deliveries, violations, told] = [0, 0, 0, 0, 0, began];
  await simulateAll(seeds, processes, (outcome) => {
    worlds += 1;
    real += outcome.realCrypto ? 1 : 0;
    messages += outcome.messages;
    deliveries += outcome.deliveries;
    violations += outcome.violations.length;
    if (outcome.violations.length > 0) {
      failed.push(outcome.seed);
      show(outcome, terms);
    }
    if (performance.now() - told < 10_000 && worlds < seeds.length) return;
    told = performance.now();
    const minutes = (told - began) / 60_000;
    console.log(`${minutes.toFixed(1)} min: ${worlds} of ${seeds.length} worlds (${real} with real cryptography), ${messages} messages to ${deliveries} devices, ${Math.round(messages / minutes)} messages a minute, ${violations} violations in ${failed.length} worlds`);
  }, undefined, terms);
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}. Keep them, with what was wrong: plain ones in packages/simulation/src/failing-seeds.ts, those of years in years.test.ts beside it.`);
  return failed.length === 0 ? 0 : 1;
}

function show({ seed, violations, trace }: Outcome, terms: readonly string[]): void {
  const file = join(tmpdir(), `earshot-seed-${seed}.txt`);
  writeFileSync(file, `${trace.join('\n')}\n`);
  console.log(`seed ${seed} FAILS (trace: ${file}; again: npm run simulate -- ${['--seed', seed, ...terms].join(' ')})`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
}

process.exitCode = await main();
