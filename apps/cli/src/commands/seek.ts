import type { Command } from 'commander';
import type { Found, PlaceName } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type OpenBackup, openOwnBackups } from '../backup/own.ts';
import { type Output, said } from '../output/output.ts';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';

interface SeekOptions extends ProfileOptions {
  readonly only?: true;
  readonly ask?: true;
  readonly from?: string;
  readonly key?: string;
}

const names: { readonly [place in PlaceName]: string } = {
  device: 'this device', server: 'the server', 'own-devices': 'your other devices', rest: 'Recently Deleted', backup: 'your backups', people: 'the others in the conversation',
};
const states: { readonly [state in Found['state']]: string } = { has: 'has it', 'has-not': 'does not have it', unknown: 'not known' };

/** The sound of a message that is missing here: where it could still be, and bringing it back from there. */
export function defineSeek(program: Command, stage: Stage): void {
  const command = withProfile(program.command('seek'))
    .description('look for the sound of a message that is missing: here, on the server, on your other devices, in your backups; what is found takes its old place')
    .argument('<id>', 'the message')
    .option('--only', 'only say where it could still be')
    .option('--ask', 'when it is nowhere, ask the others of the conversation for it')
    .option('--from <place>', 'a backup to look in (default: those that this profile makes)')
    .option('--key <file>', 'file with the key of the backup');
  examples(command, 'earshot seek 4yq0k5t1m7w9zr3b8c2d6e0f1g', 'earshot seek 4yq0k5t1m7w9zr3b8c2d6e0f1g --ask').action(async (id: string, options: SeekOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      const backups = await readers(stage, output, session, options);
      if (options.only !== true) {
        const from = await session.earshot.recovery.fetch(id, backups);
        if (from !== null) return output.result({ message: id, here: true, from }, `Message ${id} is here: ${names[from]} had it.`);
      }
      tell(output, id, await session.earshot.recovery.where(id, backups));
      if (options.ask === true) await askFor(session, output, id);
      if (options.only !== true && options.ask !== true) throw new Failure('message.missing', { message: id });
    });
  });
}

/** Backups that can be opened without asking for anything. Unless one was named, that none can be opened now keeps nobody from looking elsewhere. */
async function readers({ context }: Stage, output: Output, session: Session, { from, key }: SeekOptions): Promise<OpenBackup[]> {
  const known = (await session.earshot.recovery.backups()).some((backup) => backup.key !== null);
  if (from === undefined && !known) return [];
  try {
    return await openOwnBackups({ context, output }, session, { ...(from !== undefined && { from }), ...(key !== undefined && { key }) });
  } catch (error) {
    if (from !== undefined || !(error instanceof Failure)) throw error;
    output.note(`earshot: your backups are left out. ${said(error)}`);
    return [];
  }
}

function tell(output: Output, message: string, found: readonly Found[]): void {
  for (const { place, state, until } of found) {
    const days = until === null ? '' : `, until ${new Date(until).toLocaleString()}`;
    output.result({ message, place, state, until }, `${names[place]}: ${states[state]}${days}`);
  }
}

async function askFor(session: Session, output: Output, message: string): Promise<void> {
  await session.delivered(() => session.earshot.recovery.askFor(message));
  output.result({ message, asked: true }, 'The others were asked. When one of them gives it, it comes by itself.');
}
