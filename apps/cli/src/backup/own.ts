import { resolve } from 'node:path';
import type { BroughtBack, Choice } from '@earshot/client/recovery/brought-back.ts';
import { OWNER } from '@earshot/client/recovery/copy-format.ts';
import { holdsSound, isDamage } from '@earshot/client/recovery/sound-of.ts';
import type { KnownBackup, OpenedBackup } from '@earshot/client/earshot-recovery.ts';
import type { BackedUp } from '@earshot/backup/back-up.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { daysAgo } from './age.ts';
import { Before } from './before.ts';
import { type Output, said } from '../output/output.ts';
import type { Session } from '../profile/session.node.ts';
import { readKeyFile } from './key-file.node.ts';
import { makeBackup, type Making } from './making.ts';
import { openToRead, placeName } from './place.ts';

/** Backs up what the person of this profile can read. `goesOn`: there were backups there just now, or one was begun. */
export async function backUpOwn(making: Making, session: Session, place: string, goesOn: boolean): Promise<void> {
  const { context, output, keyFile } = making;
  await session.fresh(output);
  const known = (await session.earshot.recovery.backups()).find((one) => one.place === place);
  const before = await Before.look(making, known);
  await session.earshot.recovery.gather();
  const copy = await session.earshot.recovery.copy(await before.readers());
  if (copy.missing > 0) output.note(`earshot: the sound of ${String(copy.missing)} messages and drafts is not on this device and cannot be had now. The next backup has it, once it can.`);
  const remember = async ({ manifest }: BackedUp, created: boolean): Promise<void> => {
    const key = created ? null : (known?.key ?? null);
    await session.earshot.recovery.remember(copy.person, { place, verified: manifest.verified, key: keyFile === undefined ? key : resolve(context.cwd, keyFile) });
  };
  await makeBackup(making, copy, { known: goesOn || before.isKnown, before: (repository) => before.checkOwner(repository, copy, place), remember, forgetsNone: () => before.mayHaveMore(copy) });
  for (const message of copy.damaged) output.note(`earshot: the sound of message ${message} on this device is damaged, and could not be fetched from the server; so it is in this backup. The next one tries again.`);
}

/** How old the last verified backup of each place is. */
export async function tellAges({ context: { clock }, output }: Pick<Making, 'context' | 'output'>, session: Session): Promise<void> {
  const known = await session.earshot.recovery.backups();
  for (const { place, verified, key } of known) {
    output.result({ place, verified, key }, `${place}: ${verified === null ? 'never verified' : `last verified ${daysAgo(clock.now() - verified)}, ${new Date(verified).toLocaleString()}`}${key === null ? '' : `; its key is in ${key}`}`);
  }
  if (known.length === 0) output.note('earshot: nothing was backed up from this profile yet. Say --to PLACE.');
}

export interface FromWhere {
  readonly from?: string;
  readonly key?: string;
  readonly snapshot?: string;
}

export interface OpenBackup extends OpenedBackup {
  readonly name: string;
  /** Null where that is not known, because it does not open: what was in it nobody can say. */
  readonly made: number | null;
}

/**
 * The backups to look in, the newest first: those of the place that was named, else of those that this profile knows. A place that cannot be opened now
 * is named, and hides no other one; nor does a backup that is broken.
 */
export async function openOwnBackups({ context, output }: Pick<Making, 'context' | 'output'>, session: Session, { from, key, snapshot }: FromWhere): Promise<OpenBackup[]> {
  const known = await session.earshot.recovery.backups();
  const named = from === undefined ? null : placeName(context, from);
  const places = named === null ? known : [{ place: named, key: known.find(({ place }) => place === named)?.key ?? null }];
  if (places.length === 0) throw new Failure('command.usage', { message: 'say --from: where the backup is' });
  const opened: OpenBackup[] = [];
  const closed: { readonly place: string; readonly failure: Failure }[] = [];
  for (const one of places) {
    try {
      opened.push(...(await openOne({ context, output }, { place: one.place, key: key ?? one.key }, snapshot)));
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      closed.push({ place: one.place, failure });
    }
  }
  if (opened.length === 0) throw closed[0]?.failure ?? new Failure('backup.missing', { reason: 'no backup was finished' });
  for (const { place, failure } of closed) output.note(`earshot: ${place} is left out. ${said(failure)}`);
  return opened.sort((one, other) => (other.made ?? 0) - (one.made ?? 0));
}

async function openOne({ context, output }: Pick<Making, 'context' | 'output'>, { place, key }: Pick<KnownBackup, 'place' | 'key'>, only: string | undefined): Promise<OpenBackup[]> {
  if (key === null) throw new Failure('command.usage', { message: `say --key: the file with the key of ${place}` });
  const { secret, recipient } = await readKeyFile(context, key);
  const repository = await Repository.open(await openToRead(context, place));
  // A key of another place opens nothing here.
  if (repository.info.recipient !== recipient) throw new Failure('backup.key', { target: place });
  const names = (await repository.snapshotNames()).filter((name) => only === undefined || name === only);
  const broken: Failure[] = [];
  const opened = await Promise.all(names.map(async (name): Promise<OpenBackup[]> => {
    try {
      const snapshot = await repository.snapshot(name);
      const { files, made } = snapshot.manifest;
      return files.some(({ path }) => path === OWNER) ? [{ place, name, made, files: new SnapshotFiles(repository, snapshot, secret) }] : [];
    } catch (failure) {
      if (!isDamage(failure)) throw failure;
      broken.push(failure);
      return [{ place, name, made: null, files: new SnapshotFiles(repository, name, secret) }];
    }
  }));
  const [first] = broken;
  if (first !== undefined && broken.length === opened.flat().length) throw first;
  for (const failure of broken) output.note(`earshot: one backup in ${place} is left out. ${said(failure)}`);
  return inTime(opened.flat());
}

/** Those of one place, in the order in which they were made: one that says that it is younger than a later one is of a clock that was ahead. */
function inTime(backups: readonly OpenBackup[]): OpenBackup[] {
  let latest = Infinity;
  return backups.toReversed().map((one) => (one.made === null ? one : { ...one, made: (latest = Math.min(latest, one.made)) }));
}

/** Which of them hold a message with its sound whole, sent or not. Fails with `backup.damaged` where none is known to, and a part of one cannot be read. */
export async function holdersOf(backups: readonly OpenBackup[], message: Id): Promise<OpenBackup[]> {
  const found = await Promise.all(backups.map(({ files }) => holdsSound(files, message)));
  const torn = found.includes(true) ? undefined : backups.find((_, at) => found[at] === null);
  if (torn !== undefined) throw new Failure('backup.damaged', { target: torn.place, name: torn.name, message });
  return backups.filter((_, at) => found[at] === true);
}

/** Brings back what was chosen: out of the newest backup that has it. */
export async function restoreOwn({ context, output }: Pick<Making, 'context' | 'output'>, session: Session, from: FromWhere, choice: Choice): Promise<void> {
  const backups = await openOwnBackups({ context, output }, session, from);
  // Without the server's word nobody knows what was removed since.
  await session.caughtUp();
  const [backup] = choice.message === undefined ? backups : await holdersOf(backups, choice.message);
  if (backup === undefined) throw new Failure('backup.missing', { message: choice.message ?? '', reason: 'no backup holds this message' });
  const bring = (): Promise<BroughtBack> => session.earshot.recovery.bringBack(backup.files, choice, (done, files) => output.progress(`${String(done)} of ${String(files)}`));
  // What goes into her notes has to get there before the command ends.
  const back = choice.lostToNotes === true ? await session.delivered(bring) : await bring();
  tellBack(output, backup.name, back);
}

function tellBack(output: Output, name: string, { restored, damaged, unread, unsent, noted, ...counts }: BroughtBack): void {
  for (const { log, message } of restored) output.result({ message, conversation: log, restored: true }, `Restored ${message}`);
  for (const message of damaged) output.result({ message, damaged: true }, `Damaged in the backup, and not restored: ${message}`);
  for (const list of unread) output.result({ list, damaged: true }, `Damaged in the backup, and nothing that it names was restored: ${list} (an older backup may have it whole: --snapshot)`);
  for (const { log, message } of unsent) output.result({ message, conversation: log, unsent: true }, `Back, and not sent: ${message} (earshot outbox)`);
  for (const message of noted) output.result({ message, noted: true }, `Lost by the server, and in your notes now: ${message}`);
  const { here, removed, silent, unknown } = counts;
  const rest = [
    [here, 'were here already'], [removed, 'were removed on purpose and stay so (--removed ID brings one back)'], [silent, 'are in the backup without their sound'], [unknown, 'are not known to the server (--lost-to-notes keeps them in your notes)'],
  ] as const;
  const words = rest.filter(([count]) => count > 0).map(([count, what]) => `${String(count)} ${what}`);
  output.result({ backup: name, count: restored.length, damaged: damaged.length, unread: unread.length, unsent: unsent.length, noted: noted.length, ...counts }, `${[`${String(restored.length)} messages restored from ${name}`, ...words].join('; ')}.`);
}
