import type { Command } from 'commander';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { Incident } from '@earshot/protocol/status.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { daysAgo } from '../backup/age.ts';
import type { Context } from '../context.ts';
import type { Output } from '../output/output.ts';
import { examples, type Stage } from '../perform.ts';
import { openData, withData, type OperatorOptions } from './operator.ts';

/** What the public status page tells, and the operator's own words on it. */
export function defineStatus(program: Command, stage: Stage): void {
  const status = program.command('status').description('what the public status page tells: read it, announce something, say that it is over');
  const list = withData(status.command('list', { isDefault: true })).description('the incidents of the last 90 days, and how old the last backup is');
  examples(list, 'earshot status --data /srv/earshot').action(async (options: OperatorOptions) => {
    await stage.perform(options, async (output) => {
      const { operator, config } = await openData(stage.context, options);
      await using _ = operator;
      for (const incident of await operator.incidents()) show(output, incident);
      await showBackup(stage.context, output, config.data);
    });
  });
  const announce = withData(status.command('announce')).description('put your own words on the status page').argument('<text>', 'what people should know, and until when');
  examples(announce, 'earshot status announce "The server moves tonight at ten and is away for an hour."').action(async (text: string, options: OperatorOptions) => {
    await stage.perform(options, async (output) => {
      const { operator } = await openData(stage.context, options);
      await using _ = operator;
      show(output, await operator.announce(text));
    });
  });
  const resolve = withData(status.command('resolve')).description('say that it is over').argument('[id]', 'only this incident (default: all that was announced)');
  examples(resolve, 'earshot status resolve').action(async (id: string | undefined, options: OperatorOptions) => {
    await stage.perform(options, async (output) => {
      const { operator } = await openData(stage.context, options);
      await using _ = operator;
      for (const incident of await operator.resolve(id)) output.result({ incident, resolved: true }, `${incident}  is over.`);
    });
  });
}

/** How old the last verified backup is, and why the last one failed. */
async function showBackup({ clock }: Context, output: Output, data: string): Promise<void> {
  const { lastBackup } = await import('@earshot/server/backup/remembered.node.ts');
  const { verified, failed } = await lastBackup(data);
  const age = verified === null ? 'No backup of this server is known.' : `Last backup: ${daysAgo(clock.now() - verified)}, ${new Date(verified).toLocaleString()}, read back and whole.`;
  const why = failed === null ? '' : ` The last try failed at ${new Date(failed.at).toLocaleString()}: ${failures[failed.code].cause} ${failures[failed.code].next} [${failed.code}]`;
  output.result({ backup: verified, failed }, `${age}${why}`);
}

function show(output: Output, { id, cause, began, ended, note }: Incident): void {
  const time = ended === null ? `since ${new Date(began).toLocaleString()}` : `${new Date(began).toLocaleString()} to ${new Date(ended).toLocaleString()}`;
  output.result({ incident: id, cause, began, ended, note }, `${id}  ${time}  ${cause}  ${note ?? incidentCauses[cause].what}`);
}
