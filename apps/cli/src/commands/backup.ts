import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BackedUp } from '@earshot/backup/back-up.ts';
import { Repository } from '@earshot/backup/repository.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openPlace } from '../backup/place.ts';
import { readKeyFile } from '../backup/key-file.node.ts';
import { loadConfig } from '../config/load.node.ts';
import type { Context } from '../context.ts';
import type { Output } from '../output/output.ts';
import type { ExitCode } from '../output/exit-codes.ts';
import { examples, type Stage } from '../perform.ts';
import { withData, type OperatorOptions } from './operator.ts';

interface BackupOptions extends OperatorOptions {
  readonly server?: true;
  readonly to: string;
  readonly keep: string;
  readonly every?: string;
  readonly list?: true;
  readonly verify?: true;
  readonly key?: string;
}

const HOUR = 3_600_000;

/** Sealed copies of the whole data folder, made beside the running server and read back. */
export function defineBackup(program: Command, stage: Stage): void {
  const command = withData(program.command('backup'))
    .description('back up a whole server, sealed, beside the running server; only what is new is stored')
    .option('--server', 'the whole server; without it nothing else can be backed up yet')
    .requiredOption('--to <place>', 'a folder on another disk, or s3://BUCKET/FOLDER (access from AWS_* and EARSHOT_S3_ENDPOINT)')
    .option('--keep <n>', 'how many backups are kept; older ones are forgotten', '30')
    .option('--every <hours>', 'go on and make one every so many hours')
    .option('--list', 'only show what backups there are')
    .option('--verify', 'only read all of every backup, and with --key open it')
    .option('--key <file>', 'file with the key, for --verify');
  examples(command, 'earshot backup --server --to /mnt/other-disk/earshot', 'earshot backup --server --to s3://bucket/earshot --every 24', 'earshot backup --server --to /mnt/other-disk/earshot --verify --key earshot.key')
    .action(async (options: BackupOptions) => {
      await stage.perform(options, async (output) => await run(stage.context, output, options));
    });
}

async function run(context: Context, output: Output, options: BackupOptions): Promise<ExitCode> {
  if (options.server !== true) throw new Failure('command.usage', { message: 'say --server: what is to be backed up' });
  const vault = await openPlace(context, options.to);
  if (options.list === true) return await list(vault, output);
  if (options.verify === true) return await verify(vault, output, options.key === undefined ? null : (await readKeyFile(context, options.key)).secret);
  const keep = whole('--keep', options.keep);
  const pause = options.every === undefined ? null : whole('--every', options.every) * HOUR;
  const { data } = await loadConfig(context, options);
  for (;;) {
    const failed = await attempt(output, pause !== null, () => make(context, output, vault, resolve(context.cwd, data), keep));
    if (pause === null || context.ending.aborted) return failed;
    await context.clock.sleep(pause, context.ending);
    if (context.ending.aborted) return 0;
  }
}

/** One that goes on for ever says what failed, and tries again at its next time. */
async function attempt(output: Output, goesOn: boolean, work: () => Promise<void>): Promise<ExitCode> {
  try {
    await work();
  } catch (error) {
    if (!goesOn || !(error instanceof Failure)) throw error;
    output.failure(error);
  }
  return 0;
}

async function make(context: Context, output: Output, vault: Vault, data: string, keep: number): Promise<void> {
  const { openDataSource } = await import('@earshot/server/backup/source.node.ts');
  const { rememberBackup } = await import('@earshot/server/backup/remembered.node.ts');
  const { backUp } = await import('@earshot/backup/back-up.ts');
  const { prune } = await import('@earshot/backup/scrub.ts');
  await using source = await openDataSource(data);
  const repository = await openOrCreate(context, output, vault);
  const progress = ({ done, bytes }: { done: number; bytes: number }): void => output.progress(`${String(Math.floor((done / Math.max(1, bytes)) * 100))} % of ${megabytes(bytes)}`);
  const made = await backUp({ repository, source, clock: context.clock, random: context.random, progress, signal: context.ending });
  await prune(repository, keep);
  await rememberBackup(data, made.manifest.verified);
  tell(output, made);
}

function tell(output: Output, { name, manifest, stored, bytes }: BackedUp): void {
  output.result({ backup: name, made: manifest.made, verified: manifest.verified, bytes, stored }, `${name}: ${megabytes(bytes)}, of which ${megabytes(stored)} were new. Everything stored was read back.`);
}

async function openOrCreate({ clock, random }: Context, output: Output, vault: Vault): Promise<Repository> {
  try {
    return await Repository.open(vault);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'backup.missing') throw error;
  }
  const { makeBackupKey } = await import('@earshot/backup/key.ts');
  const { secret, recipient } = await makeBackupKey();
  // Shown before anything is sealed for it: a backup whose key nobody has is none.
  output.result({ key: secret, recipient }, `Keep this key, away from this machine. It alone opens these backups, and it is shown only now:\n\n  ${secret}\n`);
  return await Repository.create(vault, { recipient, salt: random.bytes(32), made: clock.now() });
}

async function list(vault: Vault, output: Output): Promise<ExitCode> {
  const { sizeOf } = await import('@earshot/backup/back-up.ts');
  const repository = await Repository.open(vault);
  for (const name of await repository.snapshotNames()) {
    const { manifest } = await repository.snapshot(name);
    const bytes = sizeOf(manifest.files);
    output.result({ backup: name, made: manifest.made, verified: manifest.verified, bytes }, `${name}  ${megabytes(bytes)}`);
  }
  return 0;
}

async function verify(vault: Vault, output: Output, secret: string | null): Promise<ExitCode> {
  const { scrub } = await import('@earshot/backup/scrub.ts');
  const { broken, ...counts } = await scrub(await Repository.open(vault), secret, (done, chunks) => output.progress(`${String(done)} of ${String(chunks)}`));
  for (const { name, code, snapshots } of broken) output.result({ broken: name, code, backups: snapshots }, `${code === 'backup.missing' ? 'Missing' : 'Damaged'}: ${name}, needed by ${snapshots.join(', ')}`);
  const how = secret === null ? 'read' : 'read and opened';
  output.result({ verified: counts, broken: broken.length }, `${String(counts.chunks)} parts of ${String(counts.snapshots)} backups ${how}, ${megabytes(counts.bytes)}: ${broken.length === 0 ? 'all as stored.' : `${String(broken.length)} are broken. The next backup stores them again, as far as the server still has them.`}`);
  return broken.length === 0 ? 0 : 65;
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Failure('command.usage', { message: `${option} takes a whole number from 1 on` });
  return number;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
