import type { Command } from 'commander';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

export function defineRecovery(program: Command, stage: Stage): void {
  const command = withProfile(program.command('recovery')).description('make a new recovery code; the one before opens nothing any more');
  examples(command, 'earshot recovery', 'earshot recovery --json | jq -r .recoveryCode').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const { person } = await session.me();
      const recoveryCode = await session.earshot.account.renewRecovery();
      output.result({ person, recoveryCode }, `Your recovery code: ${recoveryCode}\nKeep it where you keep what must not be lost. The one before is worth nothing now.`);
      await session.earshot.account.recoveryKept();
    });
  });
}
