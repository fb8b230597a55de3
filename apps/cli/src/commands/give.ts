import type { Command } from 'commander';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

/** What others lost and ask for. */
export function defineGive(program: Command, stage: Stage): void {
  const command = withProfile(program.command('give'))
    .description('give a message to somebody who lost it and asks for it; without an id, what others ask for')
    .argument('[id]', 'the message');
  examples(command, 'earshot give', 'earshot give 4yq0k5t1m7w9zr3b8c2d6e0f1g').action(async (id: string | undefined, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      const { recovery, conversations } = session.earshot;
      if (id !== undefined) {
        const given = await session.delivered(() => recovery.answer(id));
        return output.result({ message: id, given }, given ? `Message ${id} is on the server again.` : 'This device does not have it either; they were told so.');
      }
      for (const { message, conversation, by, at } of await recovery.asked()) {
        const name = (await conversations.get(conversation))?.members.find(({ person }) => person === by)?.name ?? by;
        output.result({ message, conversation, person: by, personName: name, time: at }, `${message}  ${name} lost it and asks for it since ${new Date(at).toLocaleString()}`);
      }
    });
  });
}
