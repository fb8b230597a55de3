import { Repository, type Snapshot } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import { type CopyReader, OWNER } from '@earshot/client/recovery/copy-format.ts';
import type { OwnCopy } from '@earshot/client/recovery/own-copy.ts';
import { isOf } from '@earshot/client/recovery/whose.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { readKeyFile } from './key-file.node.ts';
import type { Making } from './making.ts';

/** What a person's place held before this backup, as far as it can be told on this machine: the key of it may be elsewhere. */
export class Before {
  readonly #known: KnownBackup | undefined;
  readonly #there: Repository | null;
  readonly #secret: string | null;

  private constructor(known: KnownBackup | undefined, there: Repository | null, secret: string | null) {
    this.#known = known;
    this.#there = there;
    this.#secret = secret;
  }

  /** `known`: what this profile knows of the place. */
  static async look(making: Making, known: KnownBackup | undefined): Promise<Before> {
    const there = await openedIn(making);
    return new Before(known, there, there === null ? null : await secretHere(making, there, known?.key ?? null));
  }

  /** Whether a backup was made and read back there. */
  get isKnown(): boolean {
    return (this.#known?.verified ?? null) !== null;
  }

  /** The backups that can be opened here, the newest first. */
  async readers(): Promise<CopyReader[]> {
    const [there, secret] = [this.#there, this.#secret];
    return there === null || secret === null ? [] : (await there.snapshotNames()).toReversed().map((name) => new SnapshotFiles(there, name, secret));
  }

  /** Whether they may have what a copy lacks, and nobody could look. */
  mayHaveMore({ missing, damaged }: Pick<OwnCopy, 'missing' | 'damaged'>): boolean {
    return this.#there !== null && this.#secret === null && (missing > 0 || damaged.size > 0);
  }

  /** What a vault holds is of one person: nobody's backup is mixed with another's, or with that of a server. */
  async checkOwner(repository: Repository, copy: OwnCopy, target: string): Promise<void> {
    const newest = await repository.newest();
    if (newest === null) return;
    const isHers = this.#secret === null ? await this.#looksHers(newest, copy) : await isOf(new SnapshotFiles(repository, newest, this.#secret), copy.person);
    if (!isHers) throw new Failure('backup.target', { target, reason: 'it holds backups of somebody else, or of a server; if they are yours, name the file with their key: --key' });
  }

  /** Without the key: from outside the file that says whose it is is always the same. One of before had her names in it, which may be others now. */
  async #looksHers({ manifest }: Snapshot, copy: OwnCopy): Promise<boolean> {
    const [there, hers] = [manifest.files.find(({ path }) => path === OWNER), (await copy.files()).find(({ path }) => path === OWNER)];
    if (there === undefined) return false;
    return there.bytes === hers?.bytes ? there.changed === hers.changed : this.isKnown;
  }
}

async function openedIn({ vault, arrived }: Making): Promise<Repository | null> {
  try {
    const repository = await Repository.open(vault);
    arrived();
    return repository;
  } catch (error) {
    if (error instanceof Failure && error.code === 'backup.missing') return null;
    throw error;
  }
}

/** Out of the file that was named, or the one that was noted when they were begun; null where neither is here, or has this key. */
async function secretHere({ context, keyFile }: Making, { info }: Repository, noted: string | null): Promise<string | null> {
  for (const file of [keyFile ?? null, noted]) {
    const key = file === null ? null : await readKeyFile(context, file).catch(nullIfFailure);
    if (key?.recipient === info.recipient) return key.secret;
  }
  return null;
}

function nullIfFailure(error: unknown): null {
  if (error instanceof Failure) return null;
  throw error;
}
