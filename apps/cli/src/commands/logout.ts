import type { Command } from 'commander';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

export function defineLogout(program: Command, stage: Stage): void {
  const command = withProfile(program.command('logout')).description('sign out on this machine; unsent messages stay, kept for you');
  examples(command, 'earshot logout').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const { person, device, handle } = await session.me();
      await session.earshot.account.signOut();
      output.result({ person, device, signedOut: true }, `@${handle} is signed out on this machine.`);
    });
  });
}
