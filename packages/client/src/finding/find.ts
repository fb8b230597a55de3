import type { Id } from '@earshot/base/ids.ts';
import type { FindQuery } from '../earshot-finding.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Block, BLOCK_NUMBERS, fold, type Found, foundOf, packBlock, recordsOf } from './block.ts';
import { blockKey } from './indexed-store.ts';

/** At most so many messages in one answer, unless fewer are asked for. */
const PAGE = 50;
const MOST = 1_000;

export type FoundIn = Found & { readonly log: Id };

export interface FoundRows {
  readonly rows: MessageRow[];
  readonly count: number;
  readonly more: string | null;
}

/** The newest messages that are wanted, or the oldest, those after `cursor`. Reads blocks, and rows only of what it returns. */
export async function findRows(store: Store, me: Id, query: FindQuery): Promise<FoundRows> {
  const wanted = matcher(me, query);
  const { limit = PAGE, cursor, oldestFirst = false } = query;
  const order = (one: Place, other: Place): number => (oldestFirst ? newestFirst(other, one) : newestFirst(one, other));
  const matches = (await allFound(store, query.conversation)).filter(wanted).sort(order);
  const from = cursor === undefined ? 0 : matches.findIndex((one) => order(one, placeOf(cursor)) > 0);
  const page = from === -1 ? [] : matches.slice(from, from + Math.min(limit, MOST));
  const rows = await Promise.all(page.map(async ({ log, seq }) => (await store.get(keys.message(log, seq))) as MessageRow | undefined));
  const last = page.at(-1);
  const more = last !== undefined && from + page.length < matches.length ? `${last.at}.${last.log}.${last.seq}` : null;
  return { rows: rows.filter((row) => row !== undefined), count: matches.length, more };
}

/** Every message that can be heard, of one conversation or of all, in no order. */
export async function allFound(store: Store, conversation?: Id): Promise<FoundIn[]> {
  await complete(store);
  const blocks = await store.list(below(conversation === undefined ? 'r/find' : `r/find/${conversation}`));
  return blocks.flatMap(([key, value]) => {
    const log = key.split('/')[2] ?? '';
    return Array.from(recordsOf(value as Block), (found) => ({ ...found, log }));
  });
}

function matcher(me: Id, { from, after = -Infinity, before = Infinity, shortest = 0, longest = Infinity, unheard = false, kept = false, words = '' }: FindQuery): (found: FoundIn) => boolean {
  const sought = fold(words).split(/\s+/).filter((word) => word !== '');
  return (found) =>
    found.at >= after && found.at < before && found.seconds >= shortest && found.seconds <= longest &&
    (from === undefined || found.person === from) &&
    (!kept || found.kept) &&
    (!unheard || (!found.heard && found.person !== me)) &&
    sought.every((word) => found.words.includes(word));
}

type Place = Pick<FoundIn, 'at' | 'log' | 'seq'>;

function newestFirst(one: Place, other: Place): number {
  return other.at - one.at || (one.log === other.log ? other.seq - one.seq : one.log < other.log ? 1 : -1);
}

function placeOf(cursor: string): Place {
  const [at = '', log = '', seq = ''] = cursor.split('.');
  return { at: Number(at), log, seq: Number(seq) };
}

/** A profile from before there were blocks gets them once; what is written meanwhile gets into its block by itself. */
async function complete(store: Store): Promise<void> {
  if ((await store.get(keys.findable)) === true) return;
  for (const [, value] of await store.list(below('r/log'))) {
    const { id, applied } = value as LogRow;
    for (let first = 0; first <= applied; first += BLOCK_NUMBERS) await completeBlock(store, id, first);
  }
  await store.commit([{ put: keys.findable, value: true }]);
}

async function completeBlock(store: Store, log: Id, first: number): Promise<void> {
  const key = blockKey(log, first);
  for (;;) {
    const before = await store.get(key);
    const rows = await store.list({ from: keys.message(log, first), to: keys.message(log, first + BLOCK_NUMBERS) });
    if (rows.length === 0) return;
    const block = packBlock(rows.flatMap(([, row]) => foundOf(row as MessageRow) ?? []));
    if (await store.commit([{ expect: key, value: before }, { put: key, value: block }])) return;
  }
}
