import type { Command } from 'commander';
import type { Id } from '@earshot/base/ids.ts';
import type { PeopleFace } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { resolvePerson } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

type Change = Awaited<ReturnType<PeopleFace['safety']>>['changes'][number];

const WHY: Readonly<Record<Change['why'], string>> = {
  device: 'A new device: one of their own devices let it in.',
  removed: 'They shut a device out.',
  code: 'They changed the ways back in: the recovery code or a passkey.',
  recovered: 'They came back with their recovery code or a passkey.',
  unknown: 'The server showed other keys, and nothing says why. Ask them, face to face or on the phone.',
};

const STRANGER = 'This is not who you knew: they began anew, or somebody stands between you. What you say to them waits. Ask them, face to face or on the phone; then `earshot verify NAME --same NUMBER`, or `--asked`.';

interface VerifyOptions extends ProfileOptions {
  readonly same?: string;
  readonly asked?: true;
}

export function defineVerify(program: Command, stage: Stage): void {
  const command = withProfile(program.command('verify'))
    .description('show the number by which you and somebody know that nobody stands between you')
    .argument('<name>', 'whom you compare it with')
    .option('--same <number>', 'the number that they see: when it is the same, this is known on all your devices')
    .option('--asked', 'they told you that they began anew: accept their new keys without comparing');
  examples(command, 'earshot verify ben', 'earshot verify ben --asked').action(async (name: string, options: VerifyOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const person = await session.find(({ people }) => resolvePerson(name, people));
      await settle(session.earshot.people, person, options);
      const { number, accepted, invited, compared, changes } = await session.earshot.people.safety(person);
      const known = !accepted ? STRANGER : compared ? 'You have compared it.' : invited ? 'This is who invited you: your link said so.' : 'Compare it with theirs, face to face or on the phone.';
      const told = changes.map(({ time, why }) => `\n${new Date(time).toLocaleString()}  ${WHY[why]}`).join('');
      output.result({ person, number, accepted, invited, compared, changes }, `${number}\n${known}${told}`);
    });
  });
}

/** What somebody says about the number, or about having asked. */
async function settle(people: PeopleFace, person: Id, { same, asked }: VerifyOptions): Promise<void> {
  if (same === undefined && asked !== true) return;
  const { number, identity, accepted } = await people.safety(person);
  const digits = (text: string): string => text.replaceAll(/\D/g, '');
  if (same !== undefined && digits(same) !== digits(number)) throw new Failure('identity.changed', { person, reason: 'another number' });
  if (!accepted) await people.accept(person, identity);
  if (same !== undefined) await people.compared(person, identity);
}
