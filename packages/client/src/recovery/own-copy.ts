import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import type { DraftBody } from '@earshot/protocol/bodies.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isSessionCode, type SessionRow } from '../account/session.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { listRows } from '../outbox/rows.ts';
import type { DraftRow, EventRow, LogRow, MessageRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import type { Store } from '../store.ts';
import { readBytes } from '../stores/bytes.ts';
import { below, keys } from '../stores/keys.ts';
import { type CopyOwner, type CopyReader, DRAFTS, filesOf, type MessageLine, NUMBERS_PER_FILE, OWNER } from './copy-format.ts';
import { Earlier, type Sought } from './earlier.ts';

/** Stretches in which files are stored elsewhere. Bytes. */
const CHUNK = 4_194_304;
/** Questions elsewhere under way at once. */
const AT_ONCE = 4;
const SETTINGS = ['r/muted', 'r/place', 'r/speed'];

export interface CopyFile {
  readonly path: string;
  readonly bytes: number;
  /** Another one whenever what is in the file is another. */
  readonly changed: number;
  readonly chunkBytes: number;
}

/** Everything that a person can read on this device, as files of one moment. */
export interface OwnCopy {
  /** Whose it is. */
  readonly person: Id;
  files(): Promise<readonly CopyFile[]>;
  read(path: string, from: number, to: number): Promise<Uint8Array | null>;
  /** Whether what was read of a file was not what it should be. */
  spoilt(path: string): boolean;
  /** Messages whose sound turned out not to be what it was, while it was read, and could not be had from the server either. */
  readonly damaged: ReadonlySet<Id>;
  /** Messages and drafts that are in it without their sound: it is not here, and could not be had. */
  readonly missing: number;
}

/** Where the sound comes from that is not on this device, or not as it should be. */
export interface Elsewhere {
  /** Whether it says that it has a blob. */
  has(blob: BlobRef): Promise<boolean>;
  /** Its bytes; null where they are not to be had. */
  bytes(blob: BlobRef): Promise<Uint8Array | null>;
}

/** Where the sound of a message lies; `earlier`: only in a backup of before. */
type Lies = 'here' | 'elsewhere' | 'earlier' | 'nowhere';

interface Stretch {
  readonly of: Sought;
  readonly blob: BlobRef;
  readonly from: number;
  /** Where it begins in the sound of its message. */
  readonly at: number;
  readonly lies: Lies;
}

/** `earlier`: backups of before, the newest first. */
export async function openOwnCopy(store: Store, me: SessionRow, elsewhere: Elsewhere, earlier: readonly CopyReader[] = []): Promise<OwnCopy> {
  const copy = new Copy(store, me.person, elsewhere, new Earlier(earlier));
  await copy.text(OWNER, [{ format: 'earshot-person', version: 1, person: me.person } satisfies CopyOwner]);
  await copy.text('people.jsonl', [{ id: me.person, handle: me.handle, name: me.name }, ...(await store.list(below('r/person'))).map(([, person]) => person)]);
  const logs = (await store.list(below('r/log'))).map(([, value]) => value as LogRow);
  await copy.text('conversations.jsonl', logs.map(({ id, kind, title, members }) => ({ id, kind, title, members })));
  for (const { id } of logs) await copyMessages(store, copy, id);
  await copyUnsent(store, copy, me);
  const settings = await Promise.all(SETTINGS.map((folder) => store.list(below(folder))));
  await copy.text('settings.jsonl', settings.flat().map(([key, value]) => ({ key, value })));
  // Of somebody who went meanwhile the rest would be missing without a word.
  const session = (await store.get(keys.session)) as SessionRow | undefined;
  if (session?.person !== me.person || session.ended !== null) throw new Failure(session?.ended ?? 'session.missing');
  return copy;
}

async function copyMessages(store: Store, copy: Copy, log: Id): Promise<void> {
  const vanishing = await vanishingOf(store, log);
  const rows = (await store.list(below(`r/message/${log}`))).map(([, value]) => value as MessageRow).filter(({ id }) => !vanishing.has(id));
  const byFile = Map.groupBy(rows, ({ seq }) => seq - (seq % NUMBERS_PER_FILE));
  for (const [first, group] of byFile) {
    const { lines, sound } = filesOf(log, first);
    const lacking = group.filter(({ here, content, removed }) => !here && content !== null && removed === null);
    // Room was freed of them, or they are still on their way.
    const elsewhere = await copy.elsewhere(lacking.filter(({ failure }) => failure === null));
    // What rests she has let go.
    const earlier = await copy.earlier(lacking.filter(({ id, hidden }) => hidden === undefined && !elsewhere.has(id)));
    const kept = group.flatMap((row) => lineOf(row, row.here ? 'here' : elsewhere.has(row.id) ? 'elsewhere' : earlier.has(row.id) ? 'earlier' : 'nowhere'));
    if (kept.length > 0) await copy.text(lines, await copy.sound(sound, kept));
  }
}

/** Drafts, and what waits to be sent. What another device recorded is here only where it was played: else it comes from the server. */
async function copyUnsent(store: Store, copy: Copy, me: SessionRow): Promise<void> {
  const rows = await listRows(store, me.person);
  const shown = (await draftsOf(store)).map((draft) => ({ ...draft, id: draft.event }));
  const told = rows.flatMap((row) => toldOf(row, rows));
  const newer = new Set(told.map(({ body }) => body.take));
  const unsent = [...shown.filter(({ body }) => !newer.has(body.take)), ...told, ...rows.flatMap(waitingOf)];
  const here = new Set<Id>();
  for (const { id, blobs } of unsent) if (await isHere(store, blobs)) here.add(id);
  const lacking = unsent.filter(({ id }) => !here.has(id));
  const elsewhere = await copy.elsewhere(lacking);
  const earlier = await copy.earlier(lacking.filter(({ id }) => !elsewhere.has(id)));
  const lines = unsent.map((one) => ({ ...one, lies: here.has(one.id) ? 'here' : elsewhere.has(one.id) ? 'elsewhere' : earlier.has(one.id) ? 'earlier' : 'nowhere' } as const));
  await copy.text(DRAFTS.lines, await copy.sound(DRAFTS.sound, lines));
}

/** A draft of this device as its other devices have yet to be shown it: without the server that may take days. */
function toldOf({ event }: OutboxRow, rows: readonly OutboxRow[]): { readonly id: Id; readonly body: DraftBody; readonly blobs: readonly BlobRef[] }[] {
  const { body, envelope } = event ?? {};
  if (body?.kind !== 'draft' || envelope === undefined) return [];
  const isLast = rows.some(({ id, state, shown }) => id === body.take && state.at === 'growing' && shown?.event === envelope.id && !shown.discarded);
  return isLast ? [{ id: envelope.id, body, blobs: envelope.blobs }] : [];
}

/** Each as it was shown last. What was sent is a message. */
async function draftsOf(store: Store): Promise<DraftRow[]> {
  const newest = new Map<Id, DraftRow>();
  for (const draft of await listShown(store)) if (!newest.has(draft.body.take) && (await store.get(keys.at(draft.body.take))) === undefined) newest.set(draft.body.take, draft);
  return [...newest.values()];
}

async function isHere(store: Store, blobs: readonly BlobRef[]): Promise<boolean> {
  for (const { id, length } of blobs) if ((await readBytes(store, id, 0, length)).length < length) return false;
  return blobs.length > 0;
}

/** Messages that shall vanish some time, and that nobody has kept: no backup holds them. */
async function vanishingOf(store: Store, log: Id): Promise<Set<Id>> {
  const events = (await store.list(below(`r/event/${log}`))).map(([, value]) => (value as EventRow).envelope);
  const vanishing = new Set(events.filter(({ expiry }) => expiry !== 'never').map(({ id }) => id));
  for (const { refers } of events.filter((event) => event.class === 'keep')) for (const id of refers) vanishing.delete(id);
  return vanishing;
}

/**
 * What was said here and is in no log of this device yet, in the outbox or set aside by it. What still grows is shown as a draft, what has no parts here has
 * its bytes elsewhere, and what shall vanish is in no backup. What came back as a draft is one until its person sends it: only then it is said when it ends.
 */
function waitingOf({ id, conversation, made, begun, state, parts, shown, event, takenBack }: OutboxRow): { readonly id: Id; readonly body: object; readonly blobs: readonly BlobRef[] }[] {
  const draft = state.at === 'set-aside' && state.code === 'message.unsent' ? shown?.event : undefined;
  if (state.at === 'growing' || state.at === 'cancelled' || takenBack === true || parts.length === 0 || event?.body.kind !== 'message') return [];
  if (draft === undefined && event.envelope.expiry !== 'never') return [];
  return [{ id: draft ?? id, body: { kind: 'draft', take: id, conversation, made: begun ?? made, message: event.body }, blobs: event.envelope.blobs }];
}

/** What was taken back, and what nobody could read, has nothing that could be kept. */
function lineOf({ id, log, seq, at, person, heard, heardBy, content, blobs, words, removed }: MessageRow, lies: Lies): (Omit<MessageLine, 'sound'> & { readonly lies: Lies })[] {
  if (content === null || removed !== null) return [];
  return [{ id, log, seq, at, person, heard, heardBy: [...heardBy], content: { ...content, parts: [...content.parts] }, blobs: [...blobs], ...(words !== undefined && { words }), lies }];
}

class Copy implements OwnCopy {
  readonly #store: Store;
  readonly person: Id;
  readonly #files: CopyFile[] = [];
  readonly #texts = new Map<string, Uint8Array>();
  readonly #sounds = new Map<string, readonly Stretch[]>();
  readonly #elsewhere: Elsewhere;
  readonly #earlier: Earlier;
  readonly #spoilt = new Set<string>();
  readonly damaged = new Set<Id>();
  missing = 0;

  constructor(store: Store, person: Id, elsewhere: Elsewhere, earlier: Earlier) {
    this.#store = store;
    this.person = person;
    this.#elsewhere = elsewhere;
    this.#earlier = earlier;
  }

  spoilt(path: string): boolean {
    return this.#spoilt.has(path);
  }

  files(): Promise<readonly CopyFile[]> {
    return Promise.resolve(this.#files);
  }

  async text(path: string, lines: readonly unknown[]): Promise<void> {
    const bytes = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#texts.set(path, bytes);
    await this.#add(path, bytes.length, bytes);
  }

  /** Which of these, whose sound is not here, are elsewhere. */
  async elsewhere(lacking: readonly { readonly id: Id; readonly blobs: readonly BlobRef[] }[]): Promise<ReadonlySet<Id>> {
    const found = new Set<Id>();
    const queue = [...lacking];
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) if (await this.#elsewhereHas(next.blobs)) found.add(next.id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return found;
  }

  async #elsewhereHas(blobs: readonly BlobRef[]): Promise<boolean> {
    for (const blob of blobs) if (!(await this.#elsewhere.has(blob))) return false;
    return blobs.length > 0;
  }

  /** Which of these, whose sound is nowhere else, are in a backup of before. The others are missing. */
  async earlier(lacking: readonly Sought[]): Promise<ReadonlySet<Id>> {
    const found = new Set<Id>();
    for (const one of lacking) if (await this.#earlier.has(one)) found.add(one.id);
    this.missing += lacking.length - found.size;
    return found;
  }

  /** Lays the sound of these one after the other into a file. Answers them with where each begins, null where it is not to be had. */
  async sound<Line extends Sought & { readonly lies: Lies }>(path: string, lines: readonly Line[]): Promise<(Omit<Line, 'lies'> & { readonly sound: number | null })[]> {
    const stretches: Stretch[] = [];
    let end = 0;
    const laid = [];
    for (const of of lines) {
      const { lies, ...line } = of;
      const start = end;
      laid.push({ ...line, sound: lies === 'nowhere' ? null : start });
      for (const blob of lies === 'nowhere' ? [] : line.blobs) {
        stretches.push({ of, blob, from: end, at: end - start, lies });
        end += blob.length;
      }
    }
    this.#sounds.set(path, stretches);
    if (end > 0) await this.#add(path, end, utf8(stretches.map(({ blob }) => blob.sha256).join(' ')));
    return laid;
  }

  async read(path: string, from: number, to: number): Promise<Uint8Array | null> {
    const text = this.#texts.get(path);
    if (text !== undefined) return text.subarray(from, to);
    const bytes = new Uint8Array(to - from);
    for (const stretch of this.#sounds.get(path) ?? []) {
      const end = stretch.from + stretch.blob.length;
      if (end <= from || stretch.from >= to) continue;
      const whole = await this.#bytesOf(path, stretch);
      const skipped = Math.max(0, from - stretch.from);
      bytes.set(whole.subarray(skipped, to - stretch.from), stretch.from + skipped - from);
    }
    return bytes;
  }

  /**
   * What is no longer what it was comes from elsewhere, or out of a backup of before. Where it cannot, that is told, and it is kept as it is: whoever brings it
   * back holds it to its hash.
   */
  async #bytesOf(path: string, { of, blob, at, lies }: Stretch): Promise<Uint8Array> {
    const here = await readBytes(this.#store, blob.id, 0, blob.length);
    if (here.length === blob.length && (await sha256(here)) === blob.sha256) return here;
    // What is only there now, and cannot be asked for, ends the backup: as many zeros would be said to be sound.
    const coming = lies === 'earlier' ? Promise.resolve(null) : this.#elsewhere.bytes(blob);
    const whole = (await (lies === 'elsewhere' ? coming : coming.catch(nullIfFailure))) ?? (await this.#earlier.bytes(of, blob, at));
    if (whole !== null) return whole;
    this.damaged.add(of.id);
    this.#spoilt.add(path);
    return here;
  }

  async #add(path: string, bytes: number, identity: Uint8Array<ArrayBuffer>): Promise<void> {
    // 48 bits: a whole number that JSON carries.
    const changed = Number.parseInt((await sha256(identity)).slice(0, 12), 16);
    this.#files.push({ path, bytes, changed, chunkBytes: CHUNK });
  }
}

function nullIfFailure(error: unknown): null {
  if (error instanceof Failure && !isSessionCode(error.code)) return null;
  throw error;
}
