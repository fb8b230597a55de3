import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import { readDeviceLink, readServerAddress } from '../names/link.ts';
import type { Context } from '../context.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { readPassword } from '../profile/password.node.ts';
import { openForSignIn } from '../profile/session.node.ts';
import { deviceName, sayWho, type SignInOptions } from './join.ts';
import { unlocked } from './unlock.ts';

interface LoginOptions extends Omit<SignInOptions, 'name'> {
  readonly name?: string;
  readonly server?: string;
  readonly recoveryCodeFile?: string;
  readonly link?: string;
}

export function defineLogin(program: Command, stage: Stage): void {
  const command = withProfile(program.command('login'))
    .description('sign in on this machine, as one more device of yours')
    .option('--link <link>', 'what `earshot link` or the page shows on a device of yours: nothing else is needed then')
    .option('--server <url>', 'address of the server')
    .option('--name <name>', 'your name there')
    .option('--password-file <file>', 'file whose first line is the password; asked for without it')
    .option('--recovery-code-file <file>', 'file whose first line is your recovery code; asked for without it')
    .option('--device-name <name>', 'what this device is called in your list of devices');
  examples(command, 'earshot login --server https://voice.example.org --name anna', "earshot login --link 'https://voice.example.org/link#...'").action(async (options: LoginOptions) => {
    await stage.perform(options, (output) => (options.link === undefined ? withPassword(options, stage.context, output) : withLink(options.link, options, stage.context, output)));
  });
}

/** A device that is new here. */
const backupHint = 'Do you have a backup? What the server has comes by itself; `earshot restore --from PLACE --key FILE` brings back what only the backup has.';

async function withPassword(options: LoginOptions, context: Context, output: Output): Promise<void> {
  const { server: address, name } = options;
  if (address === undefined || name === undefined) throw new Failure('command.usage', { must: 'have --link, or --server and --name' });
  const server = readServerAddress(address);
  const password = await readPassword(context, options.passwordFile, 'Password: ');
  if (password === null) throw new Failure('command.usage', { option: '--password-file', must: 'be given where nobody can be asked' });
  await using session = await openForSignIn(context, options, server);
  await session.earshot.account.signIn({ handle: name, password, deviceName: deviceName(options) });
  await unlocked(session, context, options.recoveryCodeFile);
  await sayWho(session, context, output, server);
  output.note(backupHint);
}

async function withLink(link: string, options: LoginOptions, context: Context, output: Output): Promise<void> {
  const { server, code } = readDeviceLink(link);
  await using session = await openForSignIn(context, options, server);
  await session.earshot.linking.accept({ code, deviceName: deviceName(options), signal: context.ending });
  await sayWho(session, context, output, server);
  output.note(backupHint);
}
