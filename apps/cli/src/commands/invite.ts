import type { Command } from 'commander';
import { examples, type Stage } from '../perform.ts';
import { makeInvitation, openData, originOf, withData, type OperatorOptions } from './operator.ts';

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
        const { operator, config } = await openData(stage.context, options);
        await using _ = operator;
        const { link, expires } = await makeInvitation(operator, stage.context.random, { origin: await originOf(config), for: options.for });
        output.result({ link, expires }, link);
        if (!output.json) output.note(`Good for one person, until ${new Date(expires).toLocaleString()}.`);
      });
    });
}
