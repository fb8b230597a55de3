import { Failure } from '@earshot/protocol/failures.ts';
import { chunkName } from './manifest.ts';
import type { Repository } from './repository.ts';

export interface Scrubbed {
  readonly snapshots: number;
  readonly chunks: number;
  readonly bytes: number;
  /** Names of chunks that are missing or changed, with the backups that need them. */
  readonly broken: readonly { readonly name: string; readonly code: 'backup.missing' | 'backup.damaged'; readonly snapshots: readonly string[] }[];
}

/**
 * Reads all of every backup. With the key it opens everything as well. A chunk that is not what was stored is set aside, under its name in
 * `damaged/`: the next backup then finds it missing, and stores it again.
 */
export async function scrub(repository: Repository, secret: string | null, progress?: (done: number, chunks: number) => void): Promise<Scrubbed> {
  const snapshots = await Promise.all((await repository.snapshotNames()).map((name) => repository.snapshot(name)));
  const needed = new Map(snapshots.flatMap(({ manifest }) => manifest.files.flatMap(({ chunks }) => chunks)).map((chunk) => [chunk.sealed, chunk]));
  const broken: Scrubbed['broken'][number][] = [];
  let [done, bytes] = [0, 0];
  for (const chunk of needed.values()) {
    try {
      if (secret === null) await repository.check(chunk.sealed);
      else await repository.load(secret, chunk);
      bytes += chunk.bytes;
    } catch (error) {
      if (!(error instanceof Failure) || (error.code !== 'backup.missing' && error.code !== 'backup.damaged')) throw error;
      const holders = snapshots.filter(({ manifest }) => manifest.files.some(({ chunks }) => chunks.some(({ sealed }) => sealed === chunk.sealed)));
      if (error.code === 'backup.damaged') await setAside(repository, chunkName(chunk.sealed));
      broken.push({ name: chunkName(chunk.sealed), code: error.code, snapshots: holders.map(({ name }) => name) });
    }
    progress?.((done += 1), needed.size);
  }
  return { snapshots: snapshots.length, chunks: needed.size, bytes, broken };
}

async function setAside({ vault }: Repository, name: string): Promise<void> {
  await vault.put(name.replace('chunks/', 'damaged/'), await vault.get(name));
  await vault.drop(name);
}

/** What was stored so lately may be of a backup that is still being made. Milliseconds. */
const LATELY = 86_400_000;

/** Forgets all backups but the newest `keep`, and then every chunk that none of those needs, and that was not stored lately. */
export async function prune(repository: Repository, keep: number, now: number): Promise<{ readonly snapshots: number; readonly chunks: number }> {
  // Before the backups are: of one that ends meanwhile, what is stored from now on is not looked at.
  const chunks = await repository.vault.list('chunks');
  const names = await repository.snapshotNames();
  const old = keep >= names.length ? [] : names.slice(0, names.length - Math.max(1, keep));
  for (const name of old) await repository.vault.drop(`snapshots/${name}.json`);
  const kept = await Promise.all(names.filter((name) => !old.includes(name)).map((name) => repository.snapshot(name)));
  const needed = new Set(kept.flatMap(({ manifest }) => manifest.files.flatMap((file) => file.chunks.map(({ sealed }) => chunkName(sealed)))));
  const loose = chunks.filter(({ name, put }) => !needed.has(name) && put <= now - LATELY);
  for (const { name } of loose) await repository.vault.drop(name);
  return { snapshots: old.length, chunks: loose.length };
}
