import * as v from 'valibot';
import { fromAnyUtf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * The layout of a vault (docs/backup-format.md):
 *
 *     earshot-backup.json           what this is, for whom it is sealed
 *     snapshots/TIME-ID.json        one backup: its files, each as a list of chunks
 *     chunks/AB/SHA256.age          a stretch of a file, sealed; named by the SHA-256 of its sealed bytes
 *     unfinished.json               what a backup that is being made, or was cut off, has stored
 *     damaged/...                   what a scrub found broken; empty for what could not be moved there
 *
 * Everything but the chunks is plain: names and sizes of segments, hashes. What people said and who they are is in the chunks only.
 */
export const vaultFile = 'earshot-backup.json';

const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const vaultInfo = v.object({
  format: v.literal('earshot-backup'),
  version: v.literal(1),
  /** Public key of the age format. */
  recipient: v.string(),
  /** Hex; mixed into the names of plain chunks, so that nobody can look up what she knows already. */
  salt: sha256Hex,
  made: count,
});
export type VaultInfo = v.InferOutput<typeof vaultInfo>;

const chunk = v.object({
  /** SHA-256 of salt and plain bytes. */
  plain: sha256Hex,
  /** SHA-256 of the sealed bytes, which is its name. */
  sealed: sha256Hex,
  bytes: count,
});
export type Chunk = v.InferOutput<typeof chunk>;

export const fileEntry = v.object({
  /** Relative, with `/`, inside the folder that was backed up. */
  path: v.pipe(v.string(), v.regex(/^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/)),
  bytes: count,
  /** When it was last written, milliseconds since 1970; -1 when what was read of it was not what it should be, or less than it had. */
  changed: v.number(),
  chunks: v.array(chunk),
});
export type FileEntry = v.InferOutput<typeof fileEntry>;

export const manifest = v.object({
  version: v.literal(1),
  made: count,
  /** When the last of its chunks was there. Each was read back once, right after it was stored; only a scrub reads all of them again. */
  verified: count,
  files: v.array(fileEntry),
});
export type Manifest = v.InferOutput<typeof manifest>;

export const unfinishedFile = 'unfinished.json';
export const unfinishedList = v.object({
  version: v.literal(1),
  /** Those that were read to their end. */
  files: v.array(fileEntry),
  /** Those of other files. */
  chunks: v.array(chunk),
});
export type UnfinishedList = v.InferOutput<typeof unfinishedList>;

export const snapshotName = (name: string): string => `snapshots/${name}.json`;
/** Where what is broken is put. */
export const asideName = (name: string): string => name.replace(/^[a-z]+\//, 'damaged/');
export const chunkName = (sealed: string): string => `chunks/${sealed.slice(0, 2)}/${sealed}.age`;

const NAMED = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)-.*$/;

/**
 * The name of the next backup: by the time it was made, and behind all that are there. One of a clock that was ahead would be taken for the newest
 * until that time comes, and those after it be forgotten first.
 */
export function nextName(made: number, names: readonly string[], id: string): string {
  const times = names.filter((name) => NAMED.test(name)).map((name) => Date.parse(name.replace(NAMED, '$1:$2:$3')));
  return `${new Date(Math.max(made, ...times.map((time) => time + 1))).toISOString().replaceAll(':', '-')}-${id}`;
}

/** Fails with `backup.damaged`, or with `backup.newer` when a later version wrote it. */
export function parse<S extends v.GenericSchema>(schema: S, bytes: Uint8Array, name: string): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(fromAnyUtf8(bytes));
  } catch (error) {
    throw new Failure('backup.damaged', { name, reason: 'text' }, { cause: error });
  }
  if (typeof value === 'object' && value !== null && 'version' in value && Number(value.version) > 1) throw new Failure('backup.newer', { name, version: Number(value.version) });
  const read = v.safeParse(schema, value);
  if (!read.success) throw new Failure('backup.damaged', { name, reason: read.issues[0].message });
  return read.output;
}

export function toBytes(value: VaultInfo | Manifest | UnfinishedList): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
