import type { Command } from 'commander';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { describeMessage } from './list.ts';
import { knownMessage } from './save.ts';

const DAY = 86_400_000;

/** Recently Deleted: what was removed and can be brought back. */
export function defineDeleted(program: Command, stage: Stage): void {
  const command = withProfile(program.command('deleted')).description('list what you removed and can still bring back, with the days left');
  examples(command, 'earshot deleted').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      for (const message of await session.earshot.messages.recentlyDeleted()) {
        const { line, text } = await describeMessage(session, message);
        const daysLeft = Math.max(0, Math.ceil(((message.resting?.until ?? 0) - stage.context.clock.now()) / DAY));
        output.result({ ...line, daysLeft }, `${text}  ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} left`);
      }
    });
  });
}

export function defineBringBack(program: Command, stage: Stage): void {
  const command = withProfile(program.command('bring-back'))
    .description('bring back what you removed: for everyone, when it was taken back from everyone')
    .argument('<id>', 'the message, as earshot deleted shows it');
  examples(command, 'earshot bring-back 4hqk...').action(async (id: string, options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await knownMessage(session, id);
      await session.delivered(() => session.earshot.messages.restore(message.id));
      output.result({ message: message.id, conversation: message.conversation, restored: true }, `Brought back ${message.id}.`);
    });
  });
}
