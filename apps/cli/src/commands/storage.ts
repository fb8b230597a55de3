import type { Command } from 'commander';
import type { Amount } from '@earshot/client/earshot-storage.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { conversationName } from './conversations.ts';

interface StorageOptions extends ProfileOptions {
  readonly free?: true;
}

export function defineStorage(program: Command, stage: Stage): void {
  const command = withProfile(program.command('storage'))
    .description('what takes room on this device, by kind and by conversation; and giving room back')
    .option('--free', 'drop the sound of messages that you have heard and that the server holds; it comes back when it is played');
  examples(command, 'earshot storage', 'earshot storage --free').action(async (options: StorageOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      if (options.free === true) {
        const freed = await session.earshot.storage.free();
        output.result({ freed }, `Freed ${megabytes(freed)}; ${freed.stayed} stay because the server did not say that it keeps them for you.`);
      }
      const { conversations, ...kinds } = await session.earshot.storage.report();
      for (const [kind, amount] of Object.entries(kinds)) output.result({ kind, ...amount }, `${kind.padEnd(10)} ${megabytes(amount)}`);
      const { person } = await session.me();
      for (const amount of conversations) {
        const where = await session.earshot.conversations.get(amount.conversation);
        const name = where === null ? amount.conversation : conversationName(where, person);
        output.result({ ...amount, name }, `${megabytes(amount)}  ${name}`);
      }
    });
  });
}

function megabytes({ bytes, messages }: Amount): string {
  return `${(bytes / 1e6).toFixed(1)} MB in ${messages} messages`;
}
