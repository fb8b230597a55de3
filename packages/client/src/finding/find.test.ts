import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { type Random, seededRandom } from '@earshot/base/random.ts';
import type { FindQuery } from '../earshot-finding.ts';
import { emptyLog, type LogRow, type MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { transact } from '../stores/transaction.ts';
import { findRows } from './find.ts';
import { indexedStore } from './indexed-store.ts';

const ME = 'me';
const random = seededRandom(7);
const logs = [makeId(random), makeId(random)];
const dice = (sides: number): number => (random.bytes(1)[0] ?? 0) % sides;

function message(log: string, seq: number): MessageRow {
  const content = dice(10) === 0 ? null : { parts: [], samples: 48_000 * (1 + dice(200)), preSkip: 312, sha256: '', waveform: '', fileName: dice(4) === 0 ? `Straße ${dice(9)}.WAV` : null };
  return {
    id: makeId(random), log, seq, at: 1_000_000 + seq * 10 + dice(100), person: ['ada', 'ben', ME][dice(3)] ?? '', content, blobs: [{ id: makeId(random), length: 100, sha256: '' }],
    here: true, heard: dice(2) === 0, heardBy: [], removed: null, failure: null, ...(dice(4) === 0 && { keep: { by: 'ada', at: 1 } }), ...(dice(5) === 0 && { words: `Kuchen um ${dice(9)}` }),
  };
}

/** Messages with other events between them, over several blocks. */
function messages(): MessageRow[] {
  return logs.flatMap((log) => Array.from({ length: 700 }, (_, at) => at + 1).filter(() => dice(3) > 0).map((seq) => message(log, seq)));
}

async function write(store: Store, rows: readonly MessageRow[]): Promise<void> {
  for (const log of logs) await store.commit([{ put: keys.log(log), value: { ...emptyLog, id: log, kind: 'group', members: [], applied: 700 } satisfies LogRow }]);
  for (let at = 0; at < rows.length; at += 50) await store.commit(rows.slice(at, at + 50).map((row) => ({ put: keys.message(row.log, row.seq), value: row })));
}

/** The same by looking through every message. */
function slowly(rows: readonly MessageRow[], { conversation, from, after = 0, before = Infinity, shortest = 0, longest = Infinity, unheard, kept, words = '', oldestFirst = false }: FindQuery): MessageRow[] {
  const found = rows
    .filter((row) => row.content !== null && (conversation === undefined || row.log === conversation) && (from === undefined || row.person === from))
    .filter(({ at }) => at >= after && at < before)
    .filter(({ content }) => content !== null && content.samples >= shortest * 48_000 && content.samples <= longest * 48_000)
    .filter(({ heard, person }) => unheard !== true || (!heard && person !== ME))
    .filter(({ keep }) => kept !== true || keep !== undefined)
    .filter((row) => words.split(' ').every((word) => `${row.content?.fileName ?? ''} ${row.words ?? ''}`.toLowerCase().includes(word.toLowerCase())))
    .sort((one, other) => other.at - one.at || (one.log === other.log ? other.seq - one.seq : one.log < other.log ? 1 : -1));
  return oldestFirst ? found.toReversed() : found;
}

async function allPages(store: Store, query: FindQuery): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await findRows(store, ME, { ...query, limit: 90, ...(cursor !== undefined && { cursor }) });
    found.push(...page.rows.map(({ id }) => id));
    cursor = page.more;
  }
  return found;
}

const [here = ''] = logs;
const queries: readonly FindQuery[] = [
  {}, { conversation: here }, { from: 'ada' }, { after: 1_002_000, before: 1_005_000 }, { shortest: 60, longest: 120 }, { unheard: true }, { kept: true }, { words: 'KUCHEN' }, { words: 'straße 3' },
  { conversation: here, from: 'ben', unheard: true, words: 'kuchen', shortest: 5 }, { words: 'nowhere' }, { conversation: 'unknown' }, { oldestFirst: true }, { conversation: here, unheard: true, after: 1_003_000, oldestFirst: true },
];

async function checkAll(store: Store, rows: readonly MessageRow[]): Promise<void> {
  for (const query of queries) {
    assert.deepEqual(await allPages(store, query), slowly(rows, query).map(({ id }) => id), JSON.stringify(query));
    assert.equal((await findRows(store, ME, query)).count, slowly(rows, query).length);
  }
}

test('[FIND1] what is found is what a look through all messages finds, page by page, from either end', async () => {
  const store = indexedStore(memoryStore());
  const rows = messages();
  await write(store, rows);
  await checkAll(store, rows);
});

test('[FIND2] whoever changes or drops a message, in whatever order, it is found as it is', async () => {
  const store = indexedStore(memoryStore());
  const rows = messages();
  await write(store, rows);
  const changed = rows.flatMap((row): MessageRow[] => (dice(3) === 0 ? [] : [{ ...row, heard: true, words: dice(2) === 0 ? 'Kuchen' : '' }]));
  const kept = new Map(changed.map((row) => [row.id, row]));
  const change = (row: MessageRow): Promise<void> => transact(store, async (transaction) => {
    const key = keys.message(row.log, row.seq);
    assert.notEqual(await transaction.get(key), undefined);
    const next = kept.get(row.id);
    if (next === undefined) transaction.drop(key);
    else transaction.put(key, next);
  });
  const queue = shuffled(rows, random);
  const writer = async (): Promise<void> => {
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) await change(row);
  };
  await Promise.all(Array.from({ length: 6 }, writer));
  await checkAll(store, changed);
});

test('[FIND2] a commit whose expectation does not hold changes nothing of what is found', async () => {
  const store = indexedStore(memoryStore());
  const row = { ...message(here, 3), content: { parts: [], samples: 48_000, preSkip: 0, sha256: '', waveform: '', fileName: 'a' } };
  await write(store, [row]);
  assert.equal(await store.commit([{ expect: keys.message(here, 3), value: 'other' }, { drop: keys.message(here, 3) }]), false);
  assert.deepEqual(await allPages(store, {}), [row.id]);
});

test('[FIND3] a replica from before there was an index has one with the first search', async () => {
  const inner = memoryStore();
  const rows = messages();
  await write(inner, rows);
  const store = indexedStore(inner);
  // What came meanwhile is in its block already; the others of the block are not.
  const late = { ...message(here, 701), content: { parts: [], samples: 48_000, preSkip: 0, sha256: '', waveform: '', fileName: null } };
  await store.commit([{ put: keys.message(here, 701), value: late }]);
  await checkAll(store, [...rows, late]);
});

function shuffled<T>(items: readonly T[], from: Random): T[] {
  return items.map((item) => ({ item, at: from.bytes(4).join() })).sort((one, other) => (one.at < other.at ? -1 : 1)).map(({ item }) => item);
}
