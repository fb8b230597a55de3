import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { makeBackupKey } from '../key.ts';
import { Repository } from '../repository.ts';
import type { Vault } from '../vault.ts';
import { folderVault } from '../vaults/folder.node.ts';

export interface Disk {
  /** The test's own. */
  readonly folder: string;
  /** In it, where the vault lies. */
  readonly place: string;
  readonly vault: Vault;
  readonly repository: Repository;
  readonly secret: string;
}

/** An empty repository on a real disk; tests see more there than in memory: what a disk cannot read, and what is cut off. */
export async function repositoryOnDisk(t: TestContext, random: Random, changed: (vault: Vault) => Vault = (vault) => vault): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-backup-'));
  t.after(() => rm(folder, { recursive: true }));
  const { secret, recipient } = await makeBackupKey();
  const place = join(folder, 'vault');
  const vault = changed(folderVault(place));
  return { folder, place, vault, secret, repository: await Repository.create(vault, { recipient, salt: random.bytes(32), made: 0 }) };
}

/** Each question takes its time, so that no two backups have the same name. */
export class TickingClock {
  /** What it said last. Milliseconds. */
  last = Date.UTC(2026, 10, 21);
  readonly #step: number;

  constructor(step = 60_000) {
    this.#step = step;
  }

  now(): number {
    return (this.last += this.#step);
  }
}

export const failsWith = (code: string) => (error: unknown): boolean => error instanceof Failure && error.code === code;
