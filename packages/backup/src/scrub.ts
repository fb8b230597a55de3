import { Failure } from '@earshot/protocol/failures.ts';
import { asideName, chunkName, snapshotName } from './manifest.ts';
import type { Repository, Snapshot } from './repository.ts';
import { isDone, readUnfinished } from './unfinished.ts';

export interface Scrubbed {
  readonly snapshots: number;
  readonly chunks: number;
  readonly bytes: number;
  /** Names of lists of backups that cannot be read, and of chunks that are missing or changed, with the backups that need them. */
  readonly broken: readonly { readonly name: string; readonly code: 'backup.missing' | 'backup.damaged'; readonly snapshots: readonly string[] }[];
}

/**
 * Reads all of every backup, whatever is broken. With the key it opens everything as well. What is not what was stored is set aside, under its
 * name in `damaged/`: the next backup then finds a chunk missing, and stores it again; a list of a backup stands in the way of no other one any more.
 * Fails with `backup.missing` where the place itself goes away meanwhile.
 */
export async function scrub(repository: Repository, secret: string | null, progress?: (done: number, chunks: number) => void): Promise<Scrubbed> {
  const snapshots: Snapshot[] = [];
  const broken: Scrubbed['broken'][number][] = [];
  const damaged: string[] = [];
  for await (const one of repository.readable(await repository.snapshotNames(), (name) => void damaged.push(name))) snapshots.push(one);
  for (const name of damaged) {
    broken.push({ name: snapshotName(name), code: 'backup.damaged', snapshots: [name] });
    await setAside(repository, snapshotName(name));
  }
  const needed = new Map(snapshots.flatMap(({ manifest }) => manifest.files.flatMap(({ chunks }) => chunks)).map((chunk) => [chunk.sealed, chunk]));
  let [done, bytes] = [0, 0];
  for (const chunk of needed.values()) {
    try {
      if (secret === null) await repository.check(chunk.sealed);
      else await repository.load(secret, chunk);
      bytes += chunk.bytes;
    } catch (error) {
      if (!(error instanceof Failure) || (error.code !== 'backup.missing' && error.code !== 'backup.damaged')) throw error;
      await repository.checkPlace();
      const holders = snapshots.filter(({ manifest }) => manifest.files.some(({ chunks }) => chunks.some(({ sealed }) => sealed === chunk.sealed)));
      broken.push({ name: chunkName(chunk.sealed), code: error.code, snapshots: holders.map(({ name }) => name) });
      if (error.code === 'backup.damaged') await setAside(repository, chunkName(chunk.sealed));
    }
    progress?.((done += 1), needed.size);
  }
  const lacking = await stillNeeded(repository, broken);
  // Behind the last list: one of a place that has gone names nothing, as if all were forgotten.
  await repository.checkPlace();
  return { snapshots: snapshots.length, chunks: needed.size, bytes, broken: lacking };
}

/** Without what only backups need that somebody forgot meanwhile: with them, what they alone need goes. */
async function stillNeeded(repository: Repository, broken: Scrubbed['broken']): Promise<Scrubbed['broken']> {
  if (broken.every(({ code }) => code !== 'backup.missing')) return broken;
  const names = new Set(await repository.snapshotNames());
  return broken.filter(({ code, snapshots }) => code !== 'backup.missing' || snapshots.some((name) => names.has(name)));
}

/**
 * As far as the place allows. What cannot be read is not taken away: its disk may read it another time. Nor is what a place that never deletes
 * keeps. Either stays under its name, and an empty file in `damaged/` speaks against it.
 */
async function setAside({ vault }: Repository, name: string): Promise<void> {
  const bytes = await vault.get(name).catch(nullIfFailed);
  if (bytes === null || !(await isDone(vault.put(asideName(name), bytes))) || !(await isDone(vault.drop(name)))) await isDone(vault.put(asideName(name), new Uint8Array()));
}

function nullIfFailed(error: unknown): null {
  if (error instanceof Failure) return null;
  throw error;
}

/** What was stored so lately may be of a backup that is still being made. Milliseconds. */
const LATELY = 86_400_000;
/** What lies beside them in a place may be somebody else's. */
const FOLDERS = ['chunks', 'snapshots', 'damaged'];

/**
 * Forgets all backups but the newest `keep`, and then every chunk that none of those needs, nor one that was cut off, and that was not stored lately; with them
 * what was never put whole. While one of those that stay cannot be read nothing is forgotten: an older one may be what is left of it.
 */
export async function prune(repository: Repository, keep: number, now: number): Promise<{ readonly snapshots: number; readonly chunks: number }> {
  // Before the backups are: of one that ends meanwhile, what is stored from now on is not looked at.
  const chunks = await repository.vault.list('chunks');
  const names = await repository.snapshotNames();
  const old = keep >= names.length ? [] : names.slice(0, names.length - Math.max(1, keep));
  const kept = await Promise.all(names.slice(old.length).map((name) => repository.snapshot(name)));
  for (const name of old) await repository.vault.drop(snapshotName(name));
  // One that is cut off goes on with what it stored, however long ago; asked before what follows, because its list goes once it is a backup.
  const unfinished = await readUnfinished(repository.vault);
  // Another backup into the same place may have ended meanwhile, and need what nobody did.
  const since = await Promise.all((await repository.snapshotNames()).filter((name) => !names.includes(name)).map((name) => repository.snapshot(name)));
  const files = [...kept.map(({ manifest }) => manifest), ...since.map(({ manifest }) => manifest), ...(unfinished === null ? [] : [unfinished])].flatMap((one) => one.files);
  const needed = new Set([...files.flatMap(({ chunks: own }) => own), ...(unfinished?.chunks ?? [])].map(({ sealed }) => chunkName(sealed)));
  const loose = chunks.filter(({ name, put }) => !needed.has(name) && put <= now - LATELY);
  for (const { name } of loose) await repository.vault.drop(name);
  for (const folder of FOLDERS) await repository.vault.tidy?.(folder, now - LATELY);
  return { snapshots: old.length, chunks: loose.length };
}
