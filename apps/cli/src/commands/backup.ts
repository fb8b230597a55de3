import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import type { Command } from 'commander';
import { Repository } from '@earshot/backup/repository.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { readKeyFile } from '../backup/key-file.node.ts';
import { damagedToldBy, makeBackup, type Making, megabytes } from '../backup/making.ts';
import { openPlace, placeName } from '../backup/place.ts';
import { defaults } from '../config/config.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import { faultOfOurs, type Output, said } from '../output/output.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import { examples, type Stage } from '../perform.ts';
import { openSession } from '../profile/session.node.ts';
import { withData, type OperatorOptions } from './operator.ts';

interface BackupOptions extends OperatorOptions {
  readonly server?: true;
  readonly profile?: string;
  readonly to?: string;
  readonly keep?: string;
  readonly every?: string;
  readonly list?: true;
  readonly verify?: true;
  readonly key?: string;
  readonly existing?: true;
  readonly anew?: true;
}

/** One backup of those that `--every` makes. */
interface Round {
  readonly making: Making;
  readonly place: string;
  /** An earlier one came to the backups there, or began them. */
  readonly goesOn: boolean;
}

const HOUR = 3_600_000;
/** Hours: a year. */
const MOST_EVERY = 8_760;
/** As many as a server may be told to keep. */
const MOST_KEPT = 99_999;
/** What is told here only: there is no server on the folder yet, another backup of it tells how it went, or nothing may be written there. */
const UNTOLD: ReadonlySet<FailureCode> = new Set<FailureCode>(['file.unreadable', 'backup.running', 'restore.unfinished', 'server.data-foreign']);

/** Sealed copies of what one person can read, or of a whole data folder beside its running server; read back. */
export function defineBackup(program: Command, stage: Stage): void {
  const command = withData(program.command('backup'))
    .description('back up everything that you can read, or (--server) a whole server: sealed, and only what is new is stored; without --to, how old the last backups are')
    .option('--server', 'the whole server, beside it while it runs')
    .option('--profile <dir>', 'folder of your account on this machine (default: $EARSHOT_PROFILE or ~/.config/earshot)')
    .option('--to <place>', 'a folder on another disk, or s3://BUCKET/FOLDER (access from AWS_* and EARSHOT_S3_ENDPOINT)')
    .option('--keep <n>', `how many backups are kept; older ones are forgotten (default: ${String(defaults.backupKeep)}; with --server backupKeep of its configuration)`)
    .option('--every <hours>', 'go on and make one every so many hours, at most 8760')
    .option('--list', 'only show what backups there are')
    .option('--verify', 'only read all of every backup, and with --key open it')
    .option('--existing', 'only where backups are already: make no new key')
    .option('--anew', 'begin anew, with a new key, in a place where backups were and are no longer')
    .option('--key <file>', 'file with the key: the first backup writes it there instead of showing it, or takes the one that is in it, --verify opens with it');
  examples(command, 'earshot backup --to /mnt/other-disk/mine --key mine.key', 'earshot backup --server --to s3://bucket/earshot --every 24', 'earshot backup --server --to /mnt/other-disk/earshot --verify --key earshot.key')
    .action(async (options: BackupOptions) => {
      await stage.perform(options, async (output) => await run(stage.context, output, options));
    });
}

async function run(context: Context, output: Output, options: BackupOptions): Promise<ExitCode> {
  const { to: place } = options;
  // Before anything else: threads that begin later inherit it. Whoever speaks meanwhile comes first.
  if (options.server === true) setPriority(constants.priority.PRIORITY_LOW);
  if (place === undefined) return await ages(context, output, options);
  const vault = await openPlace(context, place);
  if (options.list === true) return await list(vault, output);
  if (options.verify === true) return await verify(vault, output, options.key === undefined ? null : (await readKeyFile(context, options.key)).secret);
  const pause = options.every === undefined ? null : whole('--every', options.every, MOST_EVERY) * HOUR;
  // A mistake in the settings of a server is no matter of who backs up what is hers.
  const server = options.server === true ? await loadConfig(context, options) : null;
  const keep = options.keep === undefined ? (server ?? defaults).backupKeep : whole('--keep', options.keep, MOST_KEPT);
  let goesOn = false;
  const making: Making = { context, output, vault, keep, keyFile: options.key, existing: options.existing === true, anew: options.anew === true, arrived: () => void (goesOn = true) };
  for (;;) {
    // Once one came there no later one makes a key. Until then nothing was begun: the place may only be reached later than this.
    const one: Round = { making: { ...making, anew: making.anew && !goesOn }, place: placeName(context, place), goesOn };
    const failed = await attempt(making, pause !== null, () => (server === null ? backUpPerson(one, options) : backUpServer(one, resolve(context.cwd, server.data))));
    if (pause === null || context.ending.aborted) return failed;
    await context.clock.sleep(pause, context.ending);
    if (context.ending.aborted) return 0;
  }
}

/** One that goes on for ever says what failed, a mistake of ours as well, and tries again at its next time. */
async function attempt({ context, output }: Making, goesOn: boolean, work: () => Promise<void>): Promise<ExitCode> {
  try {
    await work();
  } catch (error) {
    if (!goesOn || context.ending.aborted) throw error;
    if (error instanceof Failure) output.failure(error);
    else output.note(`${faultOfOurs}\n${inspect(error)}`);
  }
  return 0;
}

async function backUpServer({ making, place, goesOn }: Round, data: string): Promise<void> {
  const { openDataSource } = await import('@earshot/server/backup/source.node.ts');
  const { rememberBackup, wasBackedUpTo } = await import('@earshot/server/backup/remembered.node.ts');
  try {
    await using source = await openDataSource(data);
    const known = goesOn || (await wasBackedUpTo(data, place));
    await makeBackup(making, source, { known, remember: ({ manifest }) => rememberBackup(data, manifest.verified, place) });
  } catch (error) {
    if (!making.context.ending.aborted) await noteFailed(making, data, error instanceof Failure ? error.code : 'server.fault');
    throw error;
  }
}

/** The server's status tells of it. That it cannot be noted hides nothing of what failed before. */
async function noteFailed({ context, output }: Making, data: string, code: FailureCode): Promise<void> {
  if (UNTOLD.has(code)) return;
  const { rememberFailedBackup } = await import('@earshot/server/backup/remembered.node.ts');
  try {
    await rememberFailedBackup(data, { at: context.clock.now(), code });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.note(`earshot: that could not be noted: ${said(error)}`);
  }
}

async function backUpPerson({ making, place, goesOn }: Round, options: BackupOptions): Promise<void> {
  const { backUpOwn } = await import('../backup/own.ts');
  await using session = await openSession(making.context, options);
  await backUpOwn(making, session, place, goesOn);
}

async function ages(context: Context, output: Output, options: BackupOptions): Promise<ExitCode> {
  if (options.server === true) throw new Failure('command.usage', { message: 'say --to: where the backup goes' });
  const { tellAges } = await import('../backup/own.ts');
  await using session = await openSession(context, options);
  await tellAges({ context, output }, session);
  return 0;
}

async function list(vault: Vault, output: Output): Promise<ExitCode> {
  const { sizeOf } = await import('@earshot/backup/back-up.ts');
  const repository = await Repository.open(vault);
  for await (const { name, manifest } of repository.readable(await repository.snapshotNames(), damagedToldBy(output))) {
    const bytes = sizeOf(manifest.files);
    output.result({ backup: name, made: manifest.made, verified: manifest.verified, bytes }, `${name}  ${megabytes(bytes)}`);
  }
  return 0;
}

async function verify(vault: Vault, output: Output, secret: string | null): Promise<ExitCode> {
  const { scrub } = await import('@earshot/backup/scrub.ts');
  const { broken, ...counts } = await scrub(await Repository.open(vault), secret, (done, chunks) => output.progress(`${String(done)} of ${String(chunks)}`));
  for (const { name, code, snapshots } of broken) output.result({ broken: name, code, backups: snapshots }, `${code === 'backup.missing' ? 'Missing' : 'Damaged, and set aside'}: ${name}, needed by ${snapshots.join(', ')}`);
  const how = secret === null ? 'read' : 'read and opened';
  output.result({ verified: counts, broken: broken.length }, `${String(counts.chunks)} parts of ${String(counts.snapshots)} backups ${how}, ${megabytes(counts.bytes)}: ${broken.length === 0 ? 'all as stored.' : `${String(broken.length)} are broken. The next backup stores them again, as far as the server still has them.`}`);
  return broken.length === 0 ? 0 : 65;
}

function whole(option: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1 || number > most) throw new Failure('command.usage', { message: `${option} takes a whole number from 1 to ${String(most)}` });
  return number;
}
