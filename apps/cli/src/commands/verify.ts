import type { Command } from 'commander';
import { resolvePerson } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

export function defineVerify(program: Command, stage: Stage): void {
  const command = withProfile(program.command('verify'))
    .description('show the number by which you and somebody know that nobody stands between you')
    .argument('<name>', 'whom you compare it with');
  examples(command, 'earshot verify ben').action(async (name: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const person = await session.find(({ people }) => resolvePerson(name, people));
      const { number, invited, compared } = await session.earshot.people.safety(person);
      const known = compared ? 'You have compared it.' : invited ? 'This is who invited you: your link said so.' : 'Compare it with theirs, face to face or on the phone.';
      output.result({ person, number, invited, compared }, `${number}\n${known}`);
    });
  });
}
