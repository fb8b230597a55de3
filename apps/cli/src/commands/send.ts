import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Id } from '@earshot/base/ids.ts';
import { makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { resolveTarget } from '../names/resolve.ts';
import { termArgument, termForm } from '../names/term.ts';
import type { Output } from '../output/output.ts';
import { endedWith, examples, withProfile, type Stage } from '../perform.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { checkTerm } from '../sending/check-term.ts';
import { sendSource } from '../sending/send-source.ts';
import { waitUntilStored } from '../sending/wait.ts';
import { wholeNumber } from './list.ts';

interface SendOptions extends ProfileOptions {
  readonly to: string;
  readonly timeout: number;
  readonly expires?: { readonly seconds: number | null };
}

export function defineSend(program: Command, stage: Stage): void {
  const command = withProfile(program.command('send'))
    .description('send an audio file, or a stream while it is being produced, as a voice message')
    .argument('<file>', 'Ogg Opus or WAV, other formats with an installed ffmpeg; - for Ogg Opus or WAV from standard input')
    .requiredOption('--to <name>', 'handle, display name, group title or conversation; me for notes to yourself')
    .option('--expires <term>', `when it ends for whoever heard it: ${termForm} (default: as set in the conversation, see earshot expiry)`, termArgument)
    .option('--timeout <seconds>', 'how long to wait without any progress; then the message is kept and goes out later', wholeNumber, 60);
  examples(
    command,
    'earshot send --to ben hello.wav',
    "earshot send --to 'Night shift' report.m4a --json",
    'earshot send --to ben --expires once secret.ogg',
    'arecord -f cd -d 30 | earshot send --to ben -',
  ).action(async (file: string, options: SendOptions) => {
    await stage.perform(options, async (output) => await send(stage, output, file, options));
  });
}

/** Until `sendSource` returns nothing was decided, and nothing stays; from then on the message goes out, whatever happens. */
async function send({ context }: Stage, output: Output, file: string, options: SendOptions): Promise<ExitCode> {
  // Only this command pays for loading the encoder.
  const { openSound } = await import('../sound/open.node.ts');
  // A bad file is refused before anything is connected; nobody speaks into a stream before it is known for whom.
  const ready = file === '-' ? null : await openSound(context, file);
  await using session = await openSession(context, options);
  const conversation = await conversationFor(session, options.to);
  if (options.expires !== undefined) await checkTerm(session, options.expires.seconds);
  const source = ready ?? (await openSound(context, file));
  const take = makeId(context.random);
  const sending = { take, conversation, source, name: file === '-' ? null : basename(file), expiry: options.expires?.seconds, ending: context.ending };
  const sent = await sendSource(session, output, sending);
  if (!sent) return endedWith(context.ending);
  const seconds = source.details().samples / 48_000;
  return await waitUntilStored(session, output, { message: { id: take, conversation, seconds }, timeout: options.timeout * 1000, ending: context.ending });
}

/** Whom a name means, and the conversation with them, made when there is none. Throws `person.unknown`, `person.ambiguous`, `conversation.closed`. */
export async function conversationFor(session: Session, name: string): Promise<Id> {
  const target = await session.find((known) => resolveTarget(name, known));
  const id = target.kind === 'person' ? await session.earshot.conversations.direct(target.id) : target.id;
  const closed = (await session.earshot.conversations.get(id))?.closed ?? null;
  if (closed !== null) throw new Failure('conversation.closed', { conversation: id, reason: closed });
  return id;
}
