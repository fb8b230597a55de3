import { hostname } from 'node:os';
import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { readInvitation } from '../names/link.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { readPassphrase } from '../profile/passphrase.node.ts';
import { readPassword } from '../profile/password.node.ts';
import { openForSignIn, type ProfileOptions, type Session } from '../profile/session.node.ts';
import type { Output } from '../output/output.ts';

export interface SignInOptions extends ProfileOptions {
  readonly name: string;
  readonly displayName?: string;
  readonly passwordFile?: string;
  readonly deviceName?: string;
}

export function defineJoin(program: Command, stage: Stage): void {
  const command = withProfile(program.command('join'))
    .description('join a server with an invitation link')
    .argument('<link>', 'the link you were given')
    .requiredOption('--name <name>', 'how others find you: letters, digits, dots, dashes, underscores')
    .option('--display-name <name>', 'how you are shown (default: the name)')
    .option('--password-file <file>', 'file whose first line is the password for signing in elsewhere')
    .option('--device-name <name>', 'what this device is called in your list of devices');
  examples(command, "earshot join 'https://voice.example.org/join#...' --name anna", "earshot join \"$LINK\" --name gate --profile ~/.gate --password-file gate.txt --json")
    .action(async (link: string, options: SignInOptions) => {
      await stage.perform(options, async (output) => {
        const { server, secret } = readInvitation(link);
        await using session = await openForSignIn(stage.context, options, server);
        const password = await readPassword(stage.context, options.passwordFile, 'Password for signing in elsewhere (may be left empty): ');
        await session.earshot.account.join({
          invitation: secret, handle: options.name, name: options.displayName ?? options.name,
          deviceName: deviceName(options), ...(password === null ? {} : { password }),
        });
        const recoveryCode = await session.earshot.account.recoveryCode();
        await sayWho(session, stage.context, output, server, recoveryCode === null ? {} : { recoveryCode });
        // It stands on paper or in a script's hands now, and nowhere else.
        await session.earshot.account.recoveryKept();
      });
    });
}

export function deviceName(options: { readonly deviceName?: string }): string {
  return options.deviceName ?? (`${hostname()} (command line)`.slice(0, 64) || 'command line');
}

/** `person`, `device` and `recoveryCode` are what scripts read. */
export async function sayWho(session: Session, context: Context, output: Output, server: string, kept: { readonly recoveryCode?: string } = {}): Promise<void> {
  const me = await session.earshot.account.current();
  if (me === null) throw new Failure('session.missing');
  const { person, device, handle, name, locked } = me;
  const code = kept.recoveryCode === undefined ? '' : `\nYour recovery code: ${kept.recoveryCode}\nKeep it where you keep what must not be lost: without a device of yours nothing else opens your messages.`;
  output.result({ person, device, handle, name, server, locked, ...kept }, `You are ${name} (@${handle}) at ${server}. Person ${person}, device ${device}.${code}`);
  if (output.json) return;
  if (locked) output.note('This machine cannot open your messages yet: `earshot unlock` with your recovery code lets it in.');
  if ((await readPassphrase(context)) === null) output.note('The keys of this profile are protected by nothing but the rights on its folder. EARSHOT_PASSPHRASE_FILE names a file with a passphrase.');
}
