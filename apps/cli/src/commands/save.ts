import { extname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Message } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { isForOnce, savedAs, type SavedAs, savedName, tagsOf } from '@earshot/client/saving/saved.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { writeBeside, writeWhole } from '../files/write-file.node.ts';
import { type ChoiceOptions, withChoice } from '../names/choice.ts';
import { examples, type Stage } from '../perform.ts';
import { openSession, type Session } from '../profile/session.node.ts';
import { keptOf, saveAll } from './save-all.ts';

interface SaveOptions extends ChoiceOptions {
  readonly force?: true;
  readonly all?: true;
  readonly as?: SavedAs;
}

export function defineSave(program: Command, stage: Stage): void {
  const command = withChoice(program.command('save'))
    .description('save a message as a file: Ogg Opus exactly as sent, M4A, MP3 or WAV; or many of them in a folder with a page that plays them')
    .argument('<id>', 'the message; with --all the folder')
    .argument('[file]', 'where to; .m4a, .mp3 and .wav make such files, - writes Ogg Opus to standard output (default: a readable name in this folder)')
    .option('--all', 'save all messages, or those that the other options leave, in a folder, with tags, a page that plays them and what is known of each')
    .addOption(new Option('--as <form>', 'what kind of file (default: ogg)').choices(savedAs))
    .option('--force', 'write over a file of that name');
  examples(command, 'earshot save 4hqk...', 'earshot save 4hqk... message.mp3', 'earshot save 4hqk... - | opusdec - message.wav', 'earshot save --all --to ben --as mp3 ~/ben')
    .action(async (id: string, file: string | undefined, options: SaveOptions) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        if (options.all === true) {
          await session.fresh(output);
          await saveAll(stage, session, output, { folder: id, as: options.as ?? 'ogg', force: options.force === true, options });
          return;
        }
        const message = await findMessage(session, id);
        if (isForOnce(message)) throw new Failure('message.once', { message: message.id });
        const audio = await session.earshot.messages.audio(message.id);
        if (file === '-') {
          stage.context.out.write(audio);
          return;
        }
        const path = await store(stage, session, { message, audio, file, options });
        const { conversation, sha256, seconds } = message;
        output.result({ message: message.id, conversation, file: path, sha256, seconds }, path);
      });
    });
}

/** A message that is there. Throws `not-found`, `message.removed`, `message.expired`. */
export async function findMessage(session: Session, id: Id): Promise<Message> {
  const message = await knownMessage(session, id);
  if (message.removed === null) return message;
  const { at, by, rule } = message.removed;
  throw new Failure(rule === 'expired' ? 'message.expired' : 'message.removed', { message: id, at, by, rule });
}

/** A message or its notice by its id, asked for at the server when this device does not know it yet. Throws `not-found`. */
export async function knownMessage(session: Session, id: Id): Promise<Message> {
  const here = await session.earshot.messages.get(id);
  if (here === null) await session.caughtUp();
  const message = here ?? (await session.earshot.messages.get(id));
  if (message === null) throw new Failure('not-found', { message: id });
  return message;
}

interface Saving {
  readonly message: Message;
  readonly audio: Uint8Array<ArrayBuffer>;
  readonly file: string | undefined;
  readonly options: SaveOptions;
}

/** One message alone, as Ogg, is the file exactly as it was sent; the other forms carry tags. */
async function store({ context }: Stage, session: Session, { message, audio, file, options }: Saving): Promise<string> {
  const extension = extname(file ?? '').slice(1).toLowerCase();
  const as = options.as ?? savedAs.find((one) => one === extension) ?? 'ogg';
  const kept = await keptOf(session, message);
  const bytes = as === 'ogg' ? audio : await made(audio, as);
  if (file === undefined) return await writeBeside(context.cwd, savedName(kept, as), bytes, context.random);
  const path = resolve(context.cwd, file);
  await writeWhole(path, bytes, { force: options.force === true, random: context.random });
  return path;

  async function made(ogg: Uint8Array<ArrayBuffer>, form: SavedAs): Promise<Uint8Array<ArrayBuffer>> {
    const { makeFile } = await import('../sound/make-file.node.ts');
    return await makeFile(ogg, form, tagsOf(kept), { program: context.env['EARSHOT_FFMPEG'] ?? 'ffmpeg', signal: context.ending });
  }
}
