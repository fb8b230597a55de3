import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { findMessage } from './save.ts';

interface HeardOptions extends ProfileOptions {
  readonly seconds?: number;
}

/** Saving a file is not hearing it; a program that plays messages says so with this. */
export function defineHeard(program: Command, stage: Stage): void {
  const command = withProfile(program.command('heard'))
    .description('say that you have really heard a message, after your own player played it')
    .argument('<id>', 'the message')
    .option('--seconds <n>', 'how much of it was played (default: all)', positive);
  examples(command, 'earshot save 4hqk... m.ogg && mpv m.ogg && earshot heard 4hqk...').action(async (id: string, options: HeardOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await findMessage(session, id);
      if (!message.heard) await session.delivered(() => session.earshot.messages.heard(message.id, options.seconds ?? message.seconds));
      output.result({ message: message.id, conversation: message.conversation, heard: true }, `Heard ${message.id}.`);
    });
  });
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return number;
}
