import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Id } from '@earshot/base/ids.ts';
import { Repository, type Snapshot } from '@earshot/backup/repository.ts';
import type { Restored } from '@earshot/backup/restore.node.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isId } from '@earshot/protocol/wire.ts';
import { readKeyFile } from '../backup/key-file.node.ts';
import { damagedToldBy, megabytes } from '../backup/making.ts';
import { openPlace } from '../backup/place.ts';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { resolveConversation } from '../names/resolve.ts';
import { examples, type Stage, withProfile } from '../perform.ts';
import { openSession, type ProfileOptions } from '../profile/session.node.ts';

interface RestoreOptions extends ProfileOptions {
  readonly server?: true;
  readonly from?: string;
  readonly key?: string;
  readonly data?: string;
  readonly snapshot?: string;
  readonly list?: string | true;
  readonly message?: string;
  readonly conversation?: string;
  readonly removed?: string;
  readonly lostToNotes?: true;
}

/** Brings messages back into one's profile, or a whole server into an empty folder. */
export function defineRestore(program: Command, stage: Stage): void {
  const command = withProfile(program.command('restore'))
    .description('bring back from a backup what is missing here: all, a conversation or a message; or (--server) a whole server, into an empty folder. Cut off, it goes on where it was')
    .option('--server', 'the whole server')
    .option('--from <place>', 'the folder or s3://BUCKET/FOLDER that was backed up to, or the file that a browser kept (default: where this profile backs up to)')
    .option('--key <file>', 'file with the key of the backup')
    .option('--message <id>', 'only this message')
    .option('--conversation <name>', 'only this conversation: an id, a handle, a name or a title')
    .option('--removed <id>', 'this message, although it was removed on purpose')
    .option('--lost-to-notes', 'what the server has lost goes into your notes, with who said it and when')
    .option('--data <dir>', 'of a server, the folder to restore into: empty, or one whose restoring was cut off')
    .option('--snapshot <name>', 'which backup (default: the newest)')
    .option('--list [message]', 'only show which backups there are; with the id of a message, those that hold it');
  examples(command, 'earshot restore --from /mnt/other-disk/mine --key mine.key', 'earshot restore --message 4yq0k5t1m7w9zr3b8c2d6e0f1g', 'earshot restore --server --from /mnt/other-disk/earshot --key earshot.key --data /srv/earshot', 'earshot restore --server --from /mnt/other-disk/earshot --key earshot.key --list 4yq0k5t1m7w9zr3b8c2d6e0f1g')
    .action(async (options: RestoreOptions) => {
      await stage.perform(options, async (output) => await run(stage.context, output, options));
    });
}

async function run(context: Context, output: Output, options: RestoreOptions): Promise<ExitCode> {
  if (options.server !== true) return await restorePerson(context, output, options);
  if (options.from === undefined || options.key === undefined) throw new Failure('command.usage', { message: 'say --from and --key: where the backup is, and what opens it' });
  const { secret } = await readKeyFile(context, options.key);
  const repository = await Repository.open(await openPlace(context, options.from));
  if (options.list !== undefined) return await list(repository, secret, output, options.list);
  if (options.data === undefined) throw new Failure('command.usage', { message: 'say --data: the folder to restore into' });
  const folder = resolve(context.cwd, options.data);
  const { refuseForeign } = await import('@earshot/server/owner.node.ts');
  refuseForeign(folder);
  const snapshot = await chosen(repository, options.snapshot);
  const { restoreFolder } = await import('@earshot/backup/restore.node.ts');
  const restored = await restoreFolder({
    // A check finds what is whole in sound behind a gap. Nothing else is of use with one.
    repository, snapshot, secret, folder, mayLack: (path) => path.startsWith('blobs/'), signal: context.ending,
    progress: ({ done, bytes: all }) => output.progress(`${String(Math.floor((done / Math.max(1, all)) * 100))} %`),
  }).catch((error: unknown) => {
    throw fileFailure(error, 'file.unwritable', folder);
  });
  return tellRestored(output, snapshot.name, folder, restored);
}

function tellRestored(output: Output, name: string, folder: string, { files, bytes, gaps }: Restored): ExitCode {
  for (const { path, from, bytes: length, name: broken, code } of gaps) output.result({ harmed: path, from, bytes: length, broken, code }, `Empty in ${path}: ${megabytes(length)} from byte ${String(from)} on. In the backup ${broken} is ${code === 'backup.missing' ? 'missing' : 'not what was stored'}.`);
  const words = `Restored ${name} into ${folder}: ${megabytes(bytes)}, every part checked.`;
  const next = gaps.length === 0
    ? `Start it with: earshot serve --data ${folder}`
    : `${megabytes(gaps.reduce((sum, gap) => sum + gap.bytes, 0))} of the sound are broken in the backup and empty here. Before it is started, run: earshot check --repair --data ${folder}\nThat saves every message that is whole, and lets devices give back the rest.`;
  output.result({ restored: name, folder, files, bytes, gaps: gaps.length }, `${words} ${next}`);
  return gaps.length === 0 ? 0 : 65;
}

/** What the person of this profile backed up, back into it. */
async function restorePerson(context: Context, output: Output, options: RestoreOptions): Promise<ExitCode> {
  const { openOwnBackups, holdersOf, restoreOwn } = await import('../backup/own.ts');
  await using session = await openSession(context, options);
  if (options.list !== undefined) {
    const backups = await openOwnBackups({ context, output }, session, options);
    const held = options.list === true ? backups.filter(({ made }) => made !== null) : await holdersOf(backups, idOf(options.list));
    for (const { name, made } of held) output.result({ backup: name, made, ...(options.list !== true && { message: options.list }) }, name);
    if (held.length === 0) throw new Failure('backup.missing', { message: String(options.list), reason: 'no backup holds this message' });
    return 0;
  }
  const { message, removed, conversation: called } = options;
  const one = message ?? removed;
  const conversation = called === undefined ? undefined : await session.find((known) => resolveConversation(called, known));
  await restoreOwn({ context, output }, session, options, {
    ...(one !== undefined && { message: idOf(one) }), ...(conversation !== undefined && { conversation }), ...(removed !== undefined && { removed: [idOf(removed)] }),
    ...(options.lostToNotes === true && { lostToNotes: true }),
  });
  return 0;
}

function idOf(text: string): Id {
  if (!isId(text)) throw new Failure('command.usage', { message: 'the id of a message has 26 letters and digits' });
  return text;
}

async function chosen(repository: Repository, name: string | undefined): Promise<Snapshot> {
  const wanted = name ?? (await repository.snapshotNames()).at(-1);
  if (wanted === undefined) throw new Failure('backup.missing', { reason: 'no backup was finished' });
  return await repository.snapshot(wanted);
}

async function list(repository: Repository, secret: string, output: Output, message: string | true): Promise<ExitCode> {
  if (message !== true) idOf(message);
  let found = 0;
  const damaged = damagedToldBy(output);
  for await (const snapshot of repository.readable(await repository.snapshotNames(), damaged)) {
    const { name } = snapshot;
    const holds = message === true ? null : await holdsMessage(repository, secret, snapshot, message, damaged);
    if (holds === false) continue;
    found += 1;
    output.result({ backup: name, made: snapshot.manifest.made, ...(holds !== null && { message }) }, name);
  }
  if (found === 0 && message !== true) throw new Failure('backup.missing', { message, reason: 'no backup holds this message' });
  return 0;
}

/** Opens the database of a backup, and nothing else of it. One that is broken is told. */
async function holdsMessage(repository: Repository, secret: string, snapshot: Snapshot, message: string, damaged: (name: string, failure: Failure) => void): Promise<boolean> {
  const { holdsEvent } = await import('@earshot/server/backup/look.node.ts');
  const { restoreFolder } = await import('@earshot/backup/restore.node.ts');
  const folder = await mkdtemp(join(tmpdir(), 'earshot-look-'));
  try {
    const database = snapshot.manifest.files.filter(({ path }) => path === 'earshot.db');
    await restoreFolder({ repository, secret, folder, snapshot: { ...snapshot, manifest: { ...snapshot.manifest, files: database } } });
    return holdsEvent(folder, message);
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'backup.damaged' && error.code !== 'backup.missing')) throw fileFailure(error, 'file.unwritable', folder);
    damaged(snapshot.name, error);
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}
