import type { BackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { scrub } from '@earshot/backup/scrub.ts';
import { MemoryVault, type Vault } from '@earshot/backup/vault.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { KnownBackup, Lacking, RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** A vault that a person chose, with what she knows it as. */
export interface Chosen {
  readonly name: string;
  readonly vault: Vault;
}

type Noting = Pick<RecoveryFace, 'backups' | 'remember'>;

/** Nothing lies there yet, or nothing that is known here: no backup of it was made. What is known of a place that goes on with the same key stays. */
export async function noteBegun(recovery: Noting, person: Id, name: string, { secret }: BackupKey): Promise<void> {
  const known = await recovery.backups();
  const before = known.find(({ place }) => place === name);
  if (before?.key === secret) return;
  // Another folder of the same name, say on another disk: the key of the first one is not given up.
  const isElsewhere = known.some(({ place, key }) => place !== name && key === before?.key);
  if (before !== undefined && before.key !== null && !isElsewhere) await recovery.remember(person, { ...before, place: freeName(name, known) });
  await recovery.remember(person, { place: name, verified: null, key: secret });
}

function freeName(name: string, known: readonly KnownBackup[]): string {
  for (let count = 2; ; count += 1) if (!known.some(({ place }) => place === `${name} ${count}`)) return `${name} ${count}`;
}

/** A folder was read back as it was written. One file is only now handed to the browser: whether it is anywhere is known once it was shown. */
export async function noteMade(recovery: Noting, person: Id, { name, vault }: Chosen, { verified, lacking }: { readonly verified: number; readonly lacking: Lacking }, { secret }: BackupKey): Promise<void> {
  const { damaged, missing, crowded } = lacking;
  const place = { place: name, key: secret, ...((damaged > 0 || missing > 0 || crowded) && { lacking }) };
  if (!(vault instanceof MemoryVault)) return await recovery.remember(person, { ...place, verified });
  const before = (await recovery.backups()).find((one) => one.place === name);
  await recovery.remember(person, { ...place, verified: before?.verified ?? null, unseen: verified });
}

/** Reads all of a file that its person shows, and notes that it is there and whole. Resolves to when the newest backup in it was made. */
export async function noteSeen(recovery: Noting, person: Id, place: string, { name, vault }: Chosen, { recipient, secret }: BackupKey): Promise<number> {
  const repository = await Repository.open(vault);
  if (repository.info.recipient !== recipient) throw new Failure('backup.key', { target: name });
  const newest = (await repository.snapshotNames()).at(-1);
  if (newest === undefined) throw new Failure('backup.missing', { reason: 'no backup was finished' });
  const { made } = (await repository.snapshot(newest)).manifest;
  const [broken] = (await scrub(repository, secret)).broken;
  if (broken !== undefined) throw new Failure(broken.code, { name: broken.name });
  const known = (await recovery.backups()).find((one) => one.place === place);
  const { unseen = 0, lacking } = known ?? {};
  await recovery.remember(person, { place, verified: Math.max(made, known?.verified ?? 0), ...(unseen > made && { unseen }), ...(lacking && { lacking }), key: secret });
  return made;
}
