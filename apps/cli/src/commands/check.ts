import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CheckReport, Repaired } from '@earshot/server/check/report.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Output } from '../output/output.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import { examples, type Stage } from '../perform.ts';
import { withData, type OperatorOptions } from './operator.ts';

interface CheckOptions extends OperatorOptions {
  readonly repair?: true;
}

/** Whether everything that the server promised to keep is there and is what it was. */
export function defineCheck(program: Command, stage: Stage): void {
  const command = withData(program.command('check'))
    .description('check the data folder: database, numbers, every byte of sound')
    .option('--repair', 'mend what can be mended, while no server runs; what is taken out of the way is set aside, never removed');
  examples(command, 'earshot check --data /srv/earshot', 'systemctl stop earshot && earshot check --repair --data /srv/earshot').action(async (options: CheckOptions) => {
    await stage.perform(options, async (output) => {
      const data = resolve(stage.context.cwd, (await loadConfig(stage.context, options)).data);
      return await tell(output, await look(data, options.repair === true));
    });
  });
}

async function look(data: string, repair: boolean): Promise<CheckReport> {
  if (repair) return await (await import('@earshot/server/check/repair.node.ts')).repairData(data);
  const { findings, ...counts } = (await import('@earshot/server/check/check.node.ts')).checkData(data);
  return { ...counts, findings: findings.map((one): Repaired => ({ ...one, repaired: false })) };
}

async function tell(output: Output, { findings, ...counts }: CheckReport): Promise<ExitCode> {
  const { findingKinds, weightOf } = await import('@earshot/server/check/findings.ts');
  for (const one of findings) {
    const { says, next, repair } = findingKinds[one.code];
    const facts = Object.entries(one.evidence).map(([name, value]) => `${name}: ${String(value)}`);
    const then = one.repaired ? `Repaired: ${repair ?? ''}` : repair === null ? next : `${next} With --repair: ${repair}`;
    output.result({ finding: one.code, weight: weightOf(one), repaired: one.repaired, evidence: one.evidence }, `${says} ${then} [${[one.code, ...facts].join('; ')}]`);
  }
  const left = findings.filter((one) => weightOf(one) === 'damage' && !one.repaired).length;
  const verdict = left > 0 ? `Damage was found: ${left}.` : 'Nothing is missing and nothing is damaged.';
  output.result({ checked: counts, damage: left }, `${verdict} Looked at ${counts.events} events, ${counts.blobs} blobs and ${counts.bytes} bytes of sound${counts.beside ? ', beside a running server' : ''}.`);
  return left > 0 ? 78 : 0;
}
