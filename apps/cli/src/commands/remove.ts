import { type Command, Option } from 'commander';
import type { Id } from '@earshot/base/ids.ts';
import type { MessagesFace } from '@earshot/client/earshot.ts';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { findMessage, knownMessage } from './save.ts';

interface RemoveOptions extends ProfileOptions {
  readonly me?: true;
  readonly everyone?: true;
  readonly forGood?: true;
}

interface Way {
  readonly removed: 'everyone' | 'me' | 'for-good';
  readonly says: string;
  readonly act: (messages: MessagesFace, id: Id) => Promise<void>;
}

const everyone: Way = { removed: 'everyone', says: 'Took back', act: (messages, id) => messages.remove(id) };
const me: Way = { removed: 'me', says: 'Deleted, for you only,', act: (messages, id) => messages.removeForMe(id) };
const forGood: Way = { removed: 'for-good', says: 'Removed for good:', act: (messages, id) => messages.removeForGood(id) };

export function defineRemove(program: Command, stage: Stage): void {
  const command = withProfile(program.command('remove'))
    .description('take back a message of yours for everyone, or delete any message for yourself; see earshot deleted')
    .argument('<id>', 'the message')
    .addOption(new Option('--everyone', 'take it back, when it is yours (the default)').conflicts(['me', 'forGood']))
    .addOption(new Option('--me', 'only on your own devices').conflicts('forGood'))
    .option('--for-good', 'end its rest in Recently Deleted, or, for yourself, skip it: it cannot be brought back then');
  examples(command, 'earshot remove 4hqk...', 'earshot remove 4hqk... --me', 'earshot remove 4hqk... --for-good').action(async (id: string, options: RemoveOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const way = options.forGood === true ? forGood : options.me === true ? me : everyone;
      // What rests has gone from its place, and can go for good.
      const message = await (way === forGood ? knownMessage(session, id) : findMessage(session, id));
      const remove = (): Promise<void> => way.act(session.earshot.messages, message.id);
      // One that never left this device is gone at once.
      await (message.seq === null ? remove() : session.delivered(remove));
      output.result({ message: message.id, conversation: message.conversation, removed: true, how: way.removed }, `${way.says} ${message.id}.`);
    });
  });
}
