import { readFile } from 'node:fs/promises';
import { readBundle } from '@earshot/doctor/bundle/bundle.ts';
import { loadKnowledge } from '@earshot/doctor/knowledge/load.node.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { plightOf, plightText } from './plight.ts';
import { simulate } from './run.ts';
import { ServerApp } from './server-host.ts';

/** Plays what somebody's support bundle tells, in the world of a seed, and prints what became of it there. Resolves to an exit code. */
export async function playBundle(file: string, seed: number, print: (line: string) => void): Promise<number> {
  const bundle = readBundle(await readFile(file, 'utf8'), await loadKnowledge());
  if (typeof bundle === 'string') {
    print(`${file} is no support bundle: ${bundle}`);
    return 2;
  }
  const plight = plightOf(bundle);
  print(`Played: ${plightText(plight)}.`);
  if (plight.unplayed.length > 0) print(`Not played, because a world has none of it: ${plight.unplayed.join('; ')}.`);
  const heard = new Set<FailureCode>();
  const { messages, deliveries, violations } = await simulate(seed, await ServerApp.make(), { visitation: { plight, heard } });
  const told = bundle.findings.flatMap(({ code }) => (code === null ? [] : [code]));
  print(`The device says: ${[...heard].join(', ') || 'nothing stands in the way'}. The bundle says: ${[...new Set(told)].join(', ') || 'nothing stands in the way'}.`);
  print(`When it was over: ${messages} messages released, ${deliveries} deliveries; ${violations.length} promises broken.`);
  for (const violation of violations.slice(0, 10)) print(`  ${violation}`);
  return violations.length === 0 ? 0 : 1;
}
