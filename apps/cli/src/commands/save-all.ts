import { access, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { sha256 } from '@earshot/base/hash.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { IndexEntry } from '@earshot/client/saving/index-page.ts';
import { LeftOut } from '@earshot/client/saving/left-out.ts';
import { isForOnce, type Kept, type SavedAs, savedName, sidecar, tagsOf } from '@earshot/client/saving/saved.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isPageToWriteOver, writePage } from '../files/saved-folder.node.ts';
import { makeFolder, writeBeside, writeWhole } from '../files/write-file.node.ts';
import { type ChoiceOptions, queryOf } from '../names/choice.ts';
import type { Output } from '../output/output.ts';
import type { Stage } from '../perform.ts';
import type { Session } from '../profile/session.node.ts';
import { makeFile } from '../sound/make-file.node.ts';
import { conversationName } from './conversations.ts';
import { nameOf } from './list.ts';

/** So many messages are looked up at once. */
const PAGE = 200;

interface Wish {
  readonly folder: string;
  readonly as: SavedAs;
  /** Whether somebody's own page in the folder may be written over. */
  readonly force: boolean;
  readonly options: ChoiceOptions;
}

/**
 * A folder that any player and any browser opens: the files, what is known of each beside it, and a page that plays them. Done again it goes on where it was.
 * Rejects before anything is saved where somebody's own page is in the way, and at its end with why the first was left out whose sound cannot be had.
 */
export async function saveAll(stage: Stage, session: Session, output: Output, { folder, as, force, options }: Wish): Promise<void> {
  const path = resolve(stage.context.cwd, folder);
  await makeFolder(path);
  await isPageToWriteOver(path, force);
  const entries: IndexEntry[] = [];
  const leftOut = new LeftOut();
  let once = 0;
  for await (const message of messagesOf(session, options)) {
    if (isForOnce(message)) {
      once += 1;
      continue;
    }
    const kept = await keptOf(session, message);
    const saved = await saveOne(stage, session, { kept, as, path, leftOut });
    if (saved === null) continue;
    const { name, isNew } = saved;
    entries.push({ ...kept, file: name, as });
    output.progress(`${entries.length} saved`);
    if (isNew) output.result({ message: message.id, conversation: message.conversation, file: join(path, name), sha256: message.sha256, seconds: message.seconds }, join(path, name));
  }
  if (once > 0) output.note(`earshot: ${once} that are meant to be heard once were not saved.`);
  const { index, messages } = await writePage(path, { entries, force, random: stage.context.random });
  for (const { message, failure } of leftOut.all) output.result({ message: message.id, conversation: message.conversation, leftOut: failure.code }, `Left out, without its sound: ${message.id} [${failure.code}]`);
  output.result({ index, messages, leftOut: leftOut.all.length }, `${messages} messages; open ${index} in a browser.`);
  const [first] = leftOut.all;
  if (first === undefined) return;
  output.note(`earshot: the sound of ${leftOut.all.length} cannot be had now. Save into the same folder again to go on with them.`);
  throw new Failure(first.failure.code, { ...first.failure.evidence, message: first.message.id }, { cause: first.failure });
}

async function* messagesOf(session: Session, options: ChoiceOptions): AsyncGenerator<Message> {
  const query = await queryOf(session, options);
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await session.earshot.messages.find({ ...query, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    yield* page.messages;
    cursor = page.more;
  }
}

export async function keptOf(session: Session, message: Message): Promise<Kept> {
  const [{ person, name }, where] = await Promise.all([session.me(), session.earshot.conversations.get(message.conversation)]);
  return { message, from: message.mine ? name : nameOf(message.from, where), conversation: where === null ? message.conversation : conversationName(where, person) };
}

interface Saving {
  readonly kept: Kept;
  readonly as: SavedAs;
  readonly path: string;
  readonly leftOut: LeftOut;
}

/** The sidecar is written last: where it names the message, the file beside it is whole. Null where its sound cannot be had. */
async function saveOne({ context }: Stage, session: Session, { kept, as, path, leftOut }: Saving): Promise<{ name: string; isNew: boolean } | null> {
  const { message } = kept;
  const plain = savedName(kept, as);
  const there = await savedBefore(path, plain, message.id);
  if (there !== null) return { name: there, isNew: false };
  const sound = await leftOut.unless(message, () => session.earshot.messages.audio(message.id));
  if (sound === null) return null;
  const bytes = await makeFile(sound, as, tagsOf(kept), { program: context.env['EARSHOT_FFMPEG'] ?? 'ffmpeg', signal: context.ending });
  const name = basename(await writeBeside(path, plain, bytes, context.random));
  const text = sidecar(kept, { name, as, bytes: bytes.length, sha256: await sha256(bytes) });
  await writeWhole(join(path, `${name}.json`), new TextEncoder().encode(text), { force: true, random: context.random });
  return { name, isNew: true };
}

/** The file of a message whose sidecar says so; null without one, and where only the sidecar is left of both. */
async function savedBefore(folder: string, plain: string, message: string): Promise<string | null> {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? plain : plain.replace(/\.\w+$/, ` (${count})$&`);
    const known = await messageIn(join(folder, `${name}.json`));
    if (known === message) return await isThere(join(folder, name)) ? name : null;
    if (known === null) return null;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}

/** Which message a sidecar is about; null where there is none. */
async function messageIn(path: string): Promise<string | null> {
  try {
    const known = JSON.parse(await readFile(path, 'utf8')) as { message?: unknown } | null;
    return typeof known?.message === 'string' ? known.message : '';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    // Somebody else's file of that name stays.
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
