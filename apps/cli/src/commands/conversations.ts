import type { Command } from 'commander';
import type { Conversation } from '@earshot/client/earshot.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

export function defineConversations(program: Command, stage: Stage): void {
  const command = withProfile(program.command('conversations')).description('list your conversations, the newest first');
  examples(command, 'earshot conversations').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      const { person } = await session.me();
      for (const one of await session.earshot.conversations.list()) {
        const { id, kind, title, unheard, muted, closed, at } = one;
        const name = conversationName(one, person);
        const members = one.members.map((member) => ({ person: member.person, handle: member.handle, name: member.name, role: member.role, active: member.active }));
        output.result(
          { conversation: id, kind, name, title, members, unheard, muted, closed, time: at },
          `${id}  ${name}${unheard > 0 ? `  ${unheard} unheard` : ''}${muted ? '  muted' : ''}${closed === null ? '' : `  closed: ${closed}`}`,
        );
      }
    });
  });
}

/** What a conversation is called: its title, the other person, or those in it. */
export function conversationName({ kind, title, members }: Conversation, me: string): string {
  if (kind === 'self') return 'Notes to yourself';
  if (title !== null) return title;
  const others = members.filter(({ person, active }) => person !== me && (active || kind === 'direct'));
  return others.map(({ name }) => name).join(', ') || 'Nobody else';
}
