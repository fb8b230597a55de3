import type { Command } from 'commander';
import type { PeopleFace } from '@earshot/client/earshot.ts';
import { resolvePerson } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

type Change = Awaited<ReturnType<PeopleFace['safety']>>['changes'][number];

const WHY: Readonly<Record<Change['why'], string>> = {
  device: 'A new device: one of their own devices let it in.',
  removed: 'They shut a device out.',
  code: 'They made a new recovery code.',
  recovered: 'They came back with their recovery code.',
  unknown: 'The server showed other keys, and nothing says why. Ask them, face to face or on the phone.',
};

export function defineVerify(program: Command, stage: Stage): void {
  const command = withProfile(program.command('verify'))
    .description('show the number by which you and somebody know that nobody stands between you')
    .argument('<name>', 'whom you compare it with');
  examples(command, 'earshot verify ben').action(async (name: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const person = await session.find(({ people }) => resolvePerson(name, people));
      const { number, invited, compared, changes } = await session.earshot.people.safety(person);
      const known = compared ? 'You have compared it.' : invited ? 'This is who invited you: your link said so.' : 'Compare it with theirs, face to face or on the phone.';
      const told = changes.map(({ time, why }) => `\n${new Date(time).toLocaleString()}  ${WHY[why]}`).join('');
      output.result({ person, number, invited, compared, changes }, `${number}\n${known}${told}`);
    });
  });
}
