import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { readPassword } from '../profile/password.node.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

interface AnewOptions extends ProfileOptions {
  readonly historyIsLost?: true;
  readonly passwordFile?: string;
}

const LOST = 'All that was said so far stays closed to you for ever, your other devices are signed out, and whoever you talk with has to accept your new keys.';

export function defineAnew(program: Command, stage: Stage): void {
  const command = withProfile(program.command('begin-anew'))
    .description('when all your devices and your recovery code are lost: go on under new keys, without what was said')
    .option('--history-is-lost', 'say that you know it; without this nothing is done')
    .option('--password-file <file>', 'file whose first line is your password; asked for without it');
  examples(command, 'earshot begin-anew --history-is-lost').action(async (options: AnewOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const { account } = session.earshot;
      const { locked, person, handle } = await session.me();
      if (!locked) throw new Failure('not-allowed', { must: 'be locked' });
      if (options.historyIsLost !== true) throw new Failure('command.usage', { option: '--history-is-lost', must: 'be given', because: LOST });
      const { password: asked } = await account.me();
      output.note(LOST);
      const password = asked ? await readPassword(stage.context, options.passwordFile, 'Your password, to begin anew (Ctrl-C to leave everything as it is): ') : null;
      await account.beginAnew(password === null ? {} : { password });
      const recoveryCode = await account.recoveryCode();
      output.result({ person, recoveryCode }, `You are @${handle} under new keys.\nYour recovery code: ${recoveryCode ?? ''}\nKeep it where you keep what must not be lost: it would have saved what is gone now.`);
      await account.recoveryKept();
    });
  });
}
