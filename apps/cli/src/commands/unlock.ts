import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { digitsAt } from '../profile/digits.node.ts';
import { readPassword } from '../profile/password.node.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';

interface UnlockOptions extends ProfileOptions {
  readonly recoveryCodeFile?: string;
  readonly digits?: true;
}

export function defineUnlock(program: Command, stage: Stage): void {
  const command = withProfile(program.command('unlock'))
    .description('let this machine read your messages, with your recovery code or by another device of yours')
    .option('--digits', 'ask another device: both show seven digits, and you compare them')
    .option('--recovery-code-file <file>', 'file whose first line is the recovery code; asked for without it');
  examples(command, 'earshot unlock', 'earshot unlock --recovery-code-file code.txt').action(async (options: UnlockOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      if (options.digits) await askAnother(session, stage.context, output);
      else if (!(await unlocked(session, stage.context, options.recoveryCodeFile))) throw new Failure('command.usage', { option: '--recovery-code-file', must: 'be given where nobody can be asked' });
      const { person, device, handle } = await session.me();
      output.result({ person, device, locked: false }, `This machine reads the messages of @${handle}.`);
    });
  });
}

async function askAnother({ earshot }: Session, context: Context, output: Output): Promise<void> {
  const person = digitsAt(context, output);
  output.note('On a device of yours that reads your messages: Settings, Add a device; or `earshot link --digits`.');
  const { digits, same } = await earshot.linking.ask(context.ending);
  if (!(await person.same(digits))) throw new Failure('link.expired', { reason: 'refused' });
  await same();
}

/** False when the device is locked, and nobody could be asked for a code. */
export async function unlocked(session: Session, context: Context, file: string | undefined): Promise<boolean> {
  if (!(await session.me()).locked) return true;
  const recoveryCode = await readPassword(context, file, 'Recovery code: ');
  if (recoveryCode === null) return false;
  await session.earshot.account.unlock({ recoveryCode });
  return true;
}
