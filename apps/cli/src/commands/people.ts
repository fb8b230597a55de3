import type { Command } from 'commander';
import { resolvePerson } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

export function definePeople(program: Command, stage: Stage): void {
  const command = withProfile(program.command('people')).description('list the people you know here');
  examples(command, 'earshot people', "earshot people --json | jq -r .handle").action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      for (const { id, handle, name, state, blocked } of await session.earshot.people.list()) {
        const marks = [state === 'active' ? [] : [state], blocked ? ['blocked by you'] : []].flat();
        output.result({ person: id, handle, name, state, blocked }, `@${handle}  ${name}${marks.length > 0 ? `  (${marks.join(', ')})` : ''}`);
      }
    });
  });
}

/** `block` and `unblock`: a person who is blocked reaches you in the groups that you share, and nowhere else, and is not told. */
export function defineBlock(program: Command, stage: Stage): void {
  for (const blocked of [true, false]) {
    const verb = blocked ? 'block' : 'unblock';
    const command = withProfile(program.command(verb))
      .description(blocked ? 'take no more messages from a person, but in groups that you share' : 'take messages from a person again')
      .argument('<name>', 'handle, display name or id');
    examples(command, `earshot ${verb} ben`).action(async (name: string, options: ProfileOptions) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        const person = await session.find(({ people }) => resolvePerson(name, people));
        await session.earshot.people.block(person, blocked);
        output.result({ person, blocked }, blocked ? `${name} is blocked.` : `${name} is not blocked any more.`);
      });
    });
  }
}
