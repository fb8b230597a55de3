import type { Command } from 'commander';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { Incident } from '@earshot/protocol/status.ts';
import type { Output } from '../output/output.ts';
import { examples, type Stage } from '../perform.ts';
import { openData, withData, type OperatorOptions } from './operator.ts';

/** What the public status page tells, and the operator's own words on it. */
export function defineStatus(program: Command, stage: Stage): void {
  const status = program.command('status').description('what the public status page tells: read it, announce something, say that it is over');
  const list = withData(status.command('list', { isDefault: true })).description('the incidents of the last 90 days');
  examples(list, 'earshot status --data /srv/earshot').action(async (options: OperatorOptions) => {
    await stage.perform(options, async (output) => {
      const { operator } = await openData(stage.context, options);
      await using _ = operator;
      for (const incident of await operator.incidents()) show(output, incident);
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

function show(output: Output, { id, cause, began, ended, note }: Incident): void {
  const time = ended === null ? `since ${new Date(began).toLocaleString()}` : `${new Date(began).toLocaleString()} to ${new Date(ended).toLocaleString()}`;
  output.result({ incident: id, cause, began, ended, note }, `${id}  ${time}  ${cause}  ${note ?? incidentCauses[cause].what}`);
}
