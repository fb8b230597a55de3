import type { Command } from 'commander';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { findMessage } from './save.ts';

export function defineRemove(program: Command, stage: Stage): void {
  const command = withProfile(program.command('remove')).description('take back a message of yours, for everyone').argument('<id>', 'the message');
  examples(command, 'earshot remove 4hqk...').action(async (id: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await findMessage(session, id);
      const remove = (): Promise<void> => session.earshot.messages.remove(message.id);
      // One that never left this device is gone at once.
      await (message.seq === null ? remove() : session.delivered(remove));
      output.result({ message: message.id, conversation: message.conversation, removed: true }, `Took back ${message.id}.`);
    });
  });
}
