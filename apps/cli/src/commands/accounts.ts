import type { Command } from 'commander';
import { examples, type Stage } from '../perform.ts';
import { openData, withData, type OperatorOptions } from './operator.ts';

/** `accounts`, `disable` and `enable`: the people on this server, for its operator. */
export function defineAccounts(program: Command, stage: Stage): void {
  const accounts = withData(program.command('accounts')).description('list the people on this server');
  examples(accounts, 'earshot accounts --data /srv/earshot').action(async (options: OperatorOptions) => {
    await stage.perform(options, async (output) => {
      const { operator } = await openData(stage.context, options);
      await using _ = operator;
      for (const { id, handle, name, state, joined } of await operator.people()) {
        output.result({ person: id, handle, name, state, joined }, `@${handle}  ${name}  since ${new Date(joined).toLocaleDateString()}${state === 'active' ? '' : `  ${state}`}`);
      }
    });
  });
  for (const disabled of [true, false]) {
    const verb = disabled ? 'disable' : 'enable';
    const command = withData(program.command(verb))
      .description(disabled ? 'keep a person out: devices are cut off at once, messages stay' : 'let a disabled person in again')
      .argument('<handle>', 'who');
    examples(command, `earshot ${verb} ben`).action(async (handle: string, options: OperatorOptions) => {
      await stage.perform(options, async (output) => {
        const { operator } = await openData(stage.context, options);
        await using _ = operator;
        await operator.disable(handle, disabled);
        output.result({ handle, disabled }, disabled ? `${handle} is disabled.` : `${handle} is enabled.`);
      });
    });
  }
}
