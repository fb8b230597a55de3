import { extname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Message } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { writeBeside, writeWhole } from '../files/write-file.node.ts';
import { messageFileName } from '../names/file-name.ts';
import type { Output } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { nameOf } from './list.ts';

interface SaveOptions extends ProfileOptions {
  readonly force?: true;
}

export function defineSave(program: Command, stage: Stage): void {
  const command = withProfile(program.command('save'))
    .description('save a message as a file: Ogg Opus exactly as sent, or WAV')
    .argument('<id>', 'the message')
    .argument('[file]', 'where to; .wav makes a WAV file, - writes Ogg Opus to standard output (default: a readable name in this folder)')
    .option('--force', 'write over a file of that name');
  examples(command, 'earshot save 4hqk...', 'earshot save 4hqk... message.wav', 'earshot save 4hqk... - | opusdec - message.wav')
    .action(async (id: string, file: string | undefined, options: SaveOptions) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        const message = await findMessage(session, id);
        const audio = await session.earshot.messages.audio(message.id);
        if (file === '-') {
          stage.context.out.write(audio);
          return;
        }
        const path = await store(stage, session, { message, audio, file, force: options.force === true });
        say(output, message, path);
      });
    });
}

/** A message by its id, asked for at the server when this device does not know it yet. Throws `not-found`, `message.removed`. */
export async function findMessage(session: Session, id: Id): Promise<Message> {
  const here = await session.earshot.messages.get(id);
  if (here === null) await session.caughtUp();
  const message = here ?? (await session.earshot.messages.get(id));
  if (message === null) throw new Failure('not-found', { message: id });
  if (message.removed !== null) throw new Failure('message.removed', { message: id, at: message.removed.at, by: message.removed.by });
  return message;
}

interface Saving {
  readonly message: Message;
  readonly audio: Uint8Array<ArrayBuffer>;
  readonly file: string | undefined;
  readonly force: boolean;
}

async function store({ context }: Stage, session: Session, { message, audio, file, force }: Saving): Promise<string> {
  if (file === undefined) {
    const from = nameOf(message.from, await session.earshot.conversations.get(message.conversation));
    return await writeBeside(context.cwd, messageFileName({ time: message.time, from, seconds: message.seconds }, 'ogg'), audio, context.random);
  }
  const path = resolve(context.cwd, file);
  const bytes = extname(path).toLowerCase() === '.wav' ? await toWav(audio) : audio;
  await writeWhole(path, bytes, { force, random: context.random });
  return path;
}

async function toWav(audio: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { oggOpusToWav } = await import('../sound/wav-file.node.ts');
  return await oggOpusToWav(audio);
}

function say(output: Output, { id, conversation, sha256, seconds }: Message, file: string): void {
  output.result({ message: id, conversation, file, sha256, seconds }, file);
}
