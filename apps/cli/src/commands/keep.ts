import type { Command } from 'commander';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { findMessage } from './save.ts';

export function defineKeep(program: Command, stage: Stage): void {
  const command = withProfile(program.command('keep'))
    .description('keep a message that would expire, for everyone; all see who did')
    .argument('<id>', 'the message');
  examples(command, 'earshot keep 4hqk...').action(async (id: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await findMessage(session, id);
      await session.delivered(() => session.earshot.messages.keep(message.id));
      output.result({ message: message.id, conversation: message.conversation, kept: true }, `Kept ${message.id}.`);
    });
  });
}
