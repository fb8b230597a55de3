import { backUp, type BackedUp } from '@earshot/backup/back-up.ts';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';

/** A backup of what somebody can read, in a vault of its own. */
export interface Kept {
  readonly vault: MemoryVault;
  readonly repository: Repository;
  readonly secret: string;
  made: BackedUp;
}

export async function keepCopy(whose: Earshot): Promise<Kept> {
  const vault = new MemoryVault();
  const { secret, recipient } = await makeBackupKey();
  const repository = await Repository.create(vault, { recipient, salt: systemRandom.bytes(32), made: 0 });
  return { vault, repository, secret, made: await again(repository, whose) };
}

export const again = async (repository: Repository, whose: Earshot): Promise<BackedUp> => await backUp({ repository, source: await whose.recovery.copy(), clock: systemClock, random: systemRandom });

/** The same where the key of those that are there already is at hand. */
export const againBeside = async ({ repository, secret }: Kept, whose: Earshot): Promise<BackedUp> => {
  const earlier = (await repository.snapshotNames()).toReversed().map((name) => new SnapshotFiles(repository, name, secret));
  return await backUp({ repository, source: await whose.recovery.copy(earlier), clock: systemClock, random: systemRandom });
};

export const readerOf = ({ repository, made, secret }: Kept): SnapshotFiles => new SnapshotFiles(repository, made, secret);
