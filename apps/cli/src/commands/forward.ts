import type { Command } from 'commander';
import { resolveTarget } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';
import { findMessage } from './save.ts';

interface ForwardOptions extends ProfileOptions {
  readonly to: string;
}

export function defineForward(program: Command, stage: Stage): void {
  const command = withProfile(program.command('forward'))
    .description('say a message on to somebody else, or save it to your notes; its sound does not travel again')
    .argument('<id>', 'the message')
    .requiredOption('--to <name>', 'a person, a group, a conversation, or me (your notes)');
  examples(command, 'earshot forward 4hqk... --to carla', 'earshot forward 4hqk... --to me').action(async (id: string, options: ForwardOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const { id: message, sha256 } = await findMessage(session, id);
      const target = await session.find((known) => resolveTarget(options.to, known));
      const forwarded = await session.delivered(async () => {
        const conversation = target.kind === 'person' ? await session.earshot.conversations.direct(target.id) : target.id;
        return { conversation, message: await session.earshot.messages.forward(message, conversation) };
      });
      // Nothing is under way any more; whether the server took it stands with the message.
      await session.earshot.outgoing.stored(forwarded.message);
      output.result({ ...forwarded, forwardedFrom: message, sha256 }, `Forwarded as ${forwarded.message}.`);
    });
  });
}
