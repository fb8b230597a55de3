import type { Command } from 'commander';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { isTerminal } from '../doctor/talk.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { digitsAt } from '../profile/digits.node.ts';
import { openSession, readServer, type ProfileOptions, type Session } from '../profile/session.node.ts';

interface LinkOptions extends ProfileOptions {
  readonly digits?: true;
}

export function defineLink(program: Command, stage: Stage): void {
  const command = withProfile(program.command('link'))
    .description('let one more device of yours in: it scans the code, opens the link, or both show seven digits')
    .option('--digits', 'answer a device that asks by seven digits, where nothing can be scanned or pasted');
  examples(command, 'earshot link', 'earshot link --digits').action(async (options: LinkOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const device = options.digits ? await byDigits(session, stage.context, output) : await byCode(session, stage.context, output);
      output.result({ device, admitted: true }, 'That device reads your messages now.');
    });
  });
}

async function byCode({ earshot, dir }: Session, context: Context, output: Output): Promise<string> {
  const { code, expires, admitted } = await earshot.linking.offer(context.ending);
  const link = `${(await readServer(dir)) ?? ''}/link#${code}`;
  if (!output.json && isTerminal(context)) output.note(await picture(link));
  output.result({ link, expires }, link);
  output.note('Scan it with the new device, or open it there, within ten minutes. Whoever has it reads your messages.');
  return (await admitted()).device;
}

async function byDigits({ earshot }: Session, context: Context, output: Output): Promise<string> {
  const person = digitsAt(context, output);
  const [asking] = await earshot.linking.asking();
  if (asking === undefined) throw new Failure('link.expired', { reason: 'nobody asks' });
  output.note(`${asking.name} asks to be let in.`);
  const { digits, same } = await earshot.linking.compare(asking.link, context.ending);
  if (!(await person.same(digits))) {
    await earshot.linking.refuse(asking.link);
    throw new Failure('link.expired', { reason: 'refused' });
  }
  await same();
  return asking.device;
}

async function picture(link: string): Promise<string> {
  const { default: encodeQR } = await import('qr');
  return encodeQR(link, 'term', { ecc: 'low' });
}
