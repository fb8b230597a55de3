import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

/** What stands between this machine and the server, for people and for scripts. */
export function defineReach(program: Command, stage: Stage): void {
  const command = withProfile(program.command('reach')).description('look what stands between this machine and your server: no network, a sign-in page, a filter, the clock, or the server itself');
  examples(command, 'earshot reach', 'earshot reach --json || echo "something is in the way"').action(async (options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const obstacle = await session.earshot.obstacle();
      if (obstacle !== null) throw new Failure(obstacle.code, obstacle.evidence);
      output.result({ obstacle: null }, 'Nothing stands between here and your server.');
    });
  });
}
