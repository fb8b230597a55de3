import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { readServerAddress } from '../names/link.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { readPassword } from '../profile/password.node.ts';
import { openForSignIn } from '../profile/session.node.ts';
import { deviceName, sayWho, type SignInOptions } from './join.ts';
import { unlocked } from './unlock.ts';

interface LoginOptions extends SignInOptions {
  readonly server: string;
  readonly recoveryCodeFile?: string;
}

export function defineLogin(program: Command, stage: Stage): void {
  const command = withProfile(program.command('login'))
    .description('sign in on this machine, as one more device of yours')
    .requiredOption('--server <url>', 'address of the server')
    .requiredOption('--name <name>', 'your name there')
    .option('--password-file <file>', 'file whose first line is the password; asked for without it')
    .option('--recovery-code-file <file>', 'file whose first line is your recovery code; asked for without it')
    .option('--device-name <name>', 'what this device is called in your list of devices');
  examples(command, 'earshot login --server https://voice.example.org --name anna').action(async (options: LoginOptions) => {
    await stage.perform(options, async (output) => {
      const server = readServerAddress(options.server);
      const password = await readPassword(stage.context, options.passwordFile, 'Password: ');
      if (password === null) throw new Failure('command.usage', { option: '--password-file', must: 'be given where nobody can be asked' });
      await using session = await openForSignIn(stage.context, options, server);
      await session.earshot.account.signIn({ handle: options.name, password, deviceName: deviceName(options) });
      await unlocked(session, stage.context, options.recoveryCodeFile);
      await sayWho(session, stage.context, output, server);
    });
  });
}
