import type { Command } from 'commander';
import { examples, type Stage } from '../perform.ts';
import { openData, withData, type OperatorOptions } from './operator.ts';

interface InviteOptions extends OperatorOptions {
  readonly for?: string;
}

export function defineInvite(program: Command, stage: Stage): void {
  const command = withData(program.command('invite'))
    .description('make an invitation link; works beside a running server')
    .option('--for <handle>', 'let this person back in who has lost every way to sign in')
    .option('--origin <url>', 'the address people open (default: the one the server was last started with)');
  examples(command, 'earshot invite', 'earshot invite --data /srv/earshot --for anna', 'LINK=$(earshot invite --json | jq -r .link)')
    .action(async (options: InviteOptions) => {
      await stage.perform(options, async (output) => {
        await using operator = await openData(stage.context, options);
        const { link, expires } = await operator.invite(options.for === undefined ? {} : { for: options.for });
        output.result({ link, expires }, link);
        if (!output.json) output.note(`Good for one person, until ${new Date(expires).toLocaleString()}.`);
      });
    });
}
