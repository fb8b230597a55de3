import { resolve } from 'node:path';
import type { BackedUp } from '@earshot/backup/back-up.ts';
import type { BackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import type { Source } from '@earshot/backup/source.ts';
import { tryPlace } from '@earshot/backup/unfinished.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Context } from '../context.ts';
import { writeWhole } from '../files/write-file.node.ts';
import { type Output, said } from '../output/output.ts';
import { readKeyFile } from './key-file.node.ts';

export interface Making {
  readonly context: Context;
  readonly output: Output;
  readonly vault: Vault;
  /** How many backups stay. */
  readonly keep: number;
  /** Where the key of a new vault is written, or is already; without it, it is shown. */
  readonly keyFile: string | undefined;
  /** Only where backups are already: no new key is made, which nobody would see. */
  readonly existing: boolean;
  /** A new key also where backups are known to have been. */
  readonly anew: boolean;
  /** Told once backups are found there, or begun. */
  readonly arrived: () => void;
}

interface Steps {
  /** Backups of this were there before: a place that has none now may be a disk that is away. */
  readonly known: boolean;
  /** May refuse a vault that is not for this. */
  readonly before?: (repository: Repository) => Promise<void>;
  /** Notes that a backup was made; `created`: with a key that is new. */
  readonly remember: (made: BackedUp, created: boolean) => Promise<void>;
  /** Whether older ones may have what this one lacks. Asked once it is made. */
  readonly forgetsNone?: () => boolean;
}

/** Makes one backup of `source`, notes and tells it, and only then forgets those that are too many: whatever comes of that, the backup is made. */
export async function makeBackup(making: Making, source: Source, { known, before, remember, forgetsNone }: Steps): Promise<void> {
  const { backUp } = await import('@earshot/backup/back-up.ts');
  const { context, output } = making;
  const there = await openOrNull(making, known);
  const repository = there ?? (await create(making));
  making.arrived();
  await before?.(repository);
  const progress = ({ done, bytes }: { done: number; bytes: number }): void => output.progress(`${String(Math.floor((done / Math.max(1, bytes)) * 100))} % of ${megabytes(bytes)}`);
  const made = await backUp({ repository, source, clock: context.clock, random: context.random, progress, signal: context.ending });
  await remember(made, there === null);
  tellMade(output, made);
  await forgetOld(making, repository, forgetsNone?.() === true);
}

async function forgetOld({ context, output, keep }: Making, repository: Repository, none: boolean): Promise<void> {
  const { prune } = await import('@earshot/backup/scrub.ts');
  try {
    const few = (await repository.snapshotNames()).length <= keep;
    if (none && !few) output.note('earshot: the backup is made. None of the older ones is forgotten this time: they may have the sound that this one lacks. With --key FILE, the file with their key, it goes on into the next one.');
    await prune(repository, none ? Infinity : keep, context.clock.now());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output.note(`earshot: the backup is made. None of the older ones is forgotten this time: ${said(error)}`);
  }
}

function tellMade(output: Output, { name, manifest, stored, bytes }: BackedUp): void {
  output.result({ backup: name, made: manifest.made, verified: manifest.verified, bytes, stored }, `${name}: ${megabytes(bytes)}, of which ${megabytes(stored)} were new. Everything stored was read back.`);
}

/** Says of one backup among others that it cannot be read, and why. */
export function damagedToldBy(output: Output): (name: string, failure: Failure) => void {
  return (name, failure) => output.result({ broken: failure.evidence['name'], code: failure.code, backups: [name] }, `${name}: ${said(failure)}`);
}

/** Null where nothing is yet, and a key may be made: one that is made where backups were is as good as lost to who does not look, and leaves them behind. */
async function openOrNull({ vault, existing, anew }: Making, known: boolean): Promise<Repository | null> {
  try {
    return await Repository.open(vault);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'backup.missing' || existing) throw error;
    if (known && !anew) throw new Failure('backup.missing', { ...error.evidence, reason: 'there were backups; where their disk is away, bring it back; to begin anew there with a new key, say --anew' }, { cause: error });
    return null;
  }
}

async function create({ context, output, vault, keyFile }: Making): Promise<Repository> {
  const { random, clock } = context;
  // A place that takes nothing gets no key: one that opens nothing would be kept as the one that opens all.
  await tryPlace(vault);
  // It is with its person before anything is sealed for it: a backup whose key nobody has is none.
  const { recipient } = await (keyFile === undefined ? showKey(output) : keepKey(context, output, keyFile));
  return await Repository.create(vault, { recipient, salt: random.bytes(32), made: clock.now() });
}

async function showKey(output: Output): Promise<BackupKey> {
  const key = await newKey();
  output.result({ key: key.secret, recipient: key.recipient }, `Keep this key, away from this machine. It alone opens these backups, and it is shown only now:\n\n  ${key.secret}\n`);
  return key;
}

async function keepKey(context: Context, output: Output, keyFile: string): Promise<BackupKey> {
  const path = resolve(context.cwd, keyFile);
  const key = await keyIn(context, path);
  output.result({ keyFile: path, recipient: key.recipient }, `The key is in ${path}. It alone opens these backups: keep a copy of it away from this machine.`);
  return key;
}

/** A new key, or the one that is there already, as after a first backup that was cut off. */
async function keyIn(context: Context, path: string): Promise<BackupKey> {
  const made = await newKey();
  try {
    await writeWhole(path, utf8(`# Earshot: opens the backups for ${made.recipient}\n${made.secret}\n`), { force: false, random: context.random, mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'file.exists') throw error;
    return await readKeyFile(context, path).catch((unread: unknown) => {
      throw unread instanceof Failure && unread.code === 'backup.key' ? new Failure('file.exists', { path, reason: 'it holds no key; name another file' }, { cause: unread }) : unread;
    });
  }
}

async function newKey(): Promise<BackupKey> {
  const { makeBackupKey } = await import('@earshot/backup/key.ts');
  return await makeBackupKey();
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
