import { fromUtf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { draftBody, messagePart } from '@earshot/protocol/bodies.ts';
import { type BlobRef, blobRef } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { id, seq, sha256Hex, time } from '@earshot/protocol/wire.ts';
import * as v from 'valibot';

/**
 * What one person can read, as files (docs/backup-format.md):
 *
 *     person.json                      whose it is
 *     people.jsonl                     who is who
 *     conversations.jsonl              their names and members
 *     messages/CONVERSATION/N.jsonl    messages with the numbers N to N + 63, one a line
 *     sound/CONVERSATION/N             their sealed sound, one after the other
 *     drafts.jsonl, drafts.sound       what was said on her devices and not sent
 *     settings.jsonl                   how she listens, what is muted
 *
 * A message that comes, goes or is heard changes the two files of its numbers and no other.
 */
export const NUMBERS_PER_FILE = 64;

export const OWNER = 'person.json';

/** Nothing that she can change is in it: for one person it is the same for ever, and that can be seen from outside. Before, her names were in it as well. */
export const copyOwner = v.object({ format: v.literal('earshot-person'), version: v.literal(1), person: id });
export type CopyOwner = v.InferOutput<typeof copyOwner>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const forwarded = v.exactOptional(v.object({ message: id, said: v.exactOptional(v.object({ by: id, at: time })) }));

/** One message. `sound`: where in the file of that name its first blob begins, the others behind it; null when its sound was not to be had. */
export const messageLine = v.object({
  id, log: id, seq, at: time, person: id,
  heard: v.boolean(),
  heardBy: v.array(v.object({ person: id, at: time })),
  content: v.object({ parts: v.pipe(v.array(messagePart), v.minLength(1)), samples: count, preSkip: count, sha256: sha256Hex, waveform: v.string(), fileName: v.nullable(v.string()), forwarded }),
  blobs: v.array(blobRef),
  /** Words that she keeps with it. */
  words: v.exactOptional(v.string()),
  sound: v.nullable(count),
});
export type MessageLine = v.InferOutput<typeof messageLine>;

/** What was said and not sent: a draft, by the event `id` that showed it, or what was in the outbox, by its own id. `sound` is in the file beside. */
export const unsentLine = v.object({ id, body: v.pick(draftBody, ['take', 'conversation', 'made', 'message']), blobs: v.array(blobRef), sound: v.nullable(count) });
export type UnsentLine = v.InferOutput<typeof unsentLine>;

/** Whether nobody had decided to send it yet: then nothing was said of when it ends either. */
export function isDraft({ id: event, body: { take } }: UnsentLine): boolean {
  return event !== take;
}

export const DRAFTS = { lines: 'drafts.jsonl', sound: 'drafts.sound' } as const;

export const settingLine = v.object({ key: v.pipe(v.string(), v.regex(/^r\/(place|speed|muted)\//)), value: v.unknown() });

/** The file that holds a message, and the one with its sound. */
export function filesOf(log: Id, number: number): { readonly lines: string; readonly sound: string } {
  const first = String(number - (number % NUMBERS_PER_FILE)).padStart(12, '0');
  return { lines: `messages/${log}/${first}.jsonl`, sound: `sound/${log}/${first}` };
}

/** The lines of a file. One that is not what it should be fails with `backup.damaged`. */
export function parseLines<S extends v.GenericSchema>(schema: S, bytes: Uint8Array, path: string): v.InferOutput<S>[] {
  const lines = fromUtf8(bytes).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const parsed = v.safeParse(schema, jsonOf(line, path));
    if (!parsed.success) throw new Failure('backup.damaged', { name: path, reason: 'line' });
    return parsed.output;
  });
}

function jsonOf(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Failure('backup.damaged', { name: path, reason: 'line' }, { cause: error });
  }
}

/** Files of a copy, wherever they are kept. */
export interface CopyReader {
  paths(): Promise<readonly string[]>;
  /** All of a file, or its bytes [from, to). Fails with what the place fails with. */
  read(path: string, from?: number, to?: number): Promise<Uint8Array>;
}

/** What a copy says of one message; null when it does not know it. `damaged` is asked whether a list that could not be read may be passed over. */
export async function findLine(reader: CopyReader, message: Id, damaged: (error: unknown) => boolean): Promise<MessageLine | null> {
  for (const path of await reader.paths()) {
    if (!path.startsWith('messages/')) continue;
    try {
      const found = parseLines(messageLine, await reader.read(path), path).find((line) => line.id === message);
      if (found !== undefined) return found;
    } catch (error) {
      if (!damaged(error)) throw error;
    }
  }
  return null;
}

/** The same of one whose number is known: no other file is read. */
export async function lineAt(reader: CopyReader, { id: message, log, seq: number }: Pick<MessageLine, 'id' | 'log' | 'seq'>): Promise<MessageLine | null> {
  const { lines } = filesOf(log, number);
  if (!(await reader.paths()).includes(lines)) return null;
  return parseLines(messageLine, await reader.read(lines), lines).find((line) => line.id === message) ?? null;
}

/** What was not sent when a copy was made: of each take as the copy has it last. */
export async function unsentLines(reader: CopyReader): Promise<readonly UnsentLine[]> {
  if (!(await reader.paths()).includes(DRAFTS.lines)) return [];
  const lines = parseLines(unsentLine, await reader.read(DRAFTS.lines), DRAFTS.lines);
  return [...new Map(lines.map((line) => [line.body.take, line])).values()];
}

/** The sealed sound that begins at byte `from` of a file, one blob after the other, each held to its hash. Fails with `blob.damaged`. */
export async function readSealed(reader: CopyReader, path: string, from: number, blobs: readonly BlobRef[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const sealed: Uint8Array<ArrayBuffer>[] = [];
  let at = from;
  for (const { length, sha256: hash } of blobs) {
    const bytes = new Uint8Array(await reader.read(path, at, at + length));
    if (bytes.length !== length || (await sha256(bytes)) !== hash) throw new Failure('blob.damaged', { reason: 'hash' });
    sealed.push(bytes);
    at += length;
  }
  return sealed;
}
