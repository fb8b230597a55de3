import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { atRestStore } from '@earshot/client/at-rest/at-rest-store.ts';
import { destroyProfileKey, openProfileKey } from '@earshot/client/at-rest/profile-key.node.ts';
import type { FindQuery } from '@earshot/client/earshot-finding.ts';
import { findRows } from '@earshot/client/finding/find.ts';
import { indexedStore } from '@earshot/client/finding/indexed-store.ts';
import type { MessageRow } from '@earshot/client/replica/row.ts';
import type { Store } from '@earshot/client/store.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { sqliteStore } from '@earshot/client/stores/sqlite.node.ts';
import { quantile, type Row } from './table.ts';

const MESSAGES = 100_000;
const CONVERSATIONS = 10;
const ROUNDS = 9;
const DAY = 86_400_000;

/** Searches in 100,000 messages of a store that is sealed at rest, in a file: each with nothing in memory. */
export async function measureFinding(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-find-'));
  try {
    const open = async (): Promise<Store> => {
      const holder = { open: async () => (await openProfileKey(folder, null, systemRandom)).cipher, destroy: () => destroyProfileKey(folder) };
      return indexedStore((await atRestStore(sqliteStore(join(folder, 'earshot.db')), holder, systemRandom)).store);
    };
    const store = await open();
    await write(store);
    await store.close();
    const rows: Row[] = [];
    for (const [what, query] of queries) rows.push(await timed(open, what, query));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const people = Array.from({ length: 20 }, () => makeId(systemRandom));
const logs = Array.from({ length: CONVERSATIONS }, () => makeId(systemRandom));

const queries: readonly (readonly [what: string, query: FindQuery])[] = [
  ['all, newest first', {}],
  ['by person, date and length', { from: people[3] ?? '', after: 20 * DAY, before: 60 * DAY, shortest: 30, longest: 90 }],
  ['unheard', { unheard: true }],
  ['by a word that two have', { words: 'plum cake' }],
];

async function timed(open: () => Promise<Store>, what: string, query: FindQuery): Promise<Row> {
  const times: number[] = [];
  let count = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const store = await open();
    const begun = performance.now();
    ({ count } = await findRows(store, 'me', query));
    times.push(performance.now() - begun);
    await store.close();
  }
  const note = `${count} found; longest ${Math.max(...times).toFixed(0)} ms`;
  return { what: `finding in ${MESSAGES} messages, ${what}, p50`, measured: quantile(times, 0.5), unit: 'ms', aim: 300, better: 'lower', note };
}

async function write(store: Store): Promise<void> {
  const each = MESSAGES / CONVERSATIONS;
  for (const log of logs) {
    for (let from = 1; from <= each; from += 500) {
      const rows = Array.from({ length: 500 }, (_, at) => message(log, from + at));
      await store.commit(rows.map((row) => ({ put: keys.message(log, row.seq), value: row })));
    }
  }
  await store.commit([{ put: keys.findable, value: true }]);
}

function message(log: Id, seq: number): MessageRow {
  const nth = seq * CONVERSATIONS + logs.indexOf(log);
  return {
    id: makeId(systemRandom), log, seq, at: (nth / MESSAGES) * 365 * DAY, person: people[(nth * 7) % people.length] ?? '',
    content: { parts: [{ packets: 1_500, bytes: 90_000, key: toBase64Url(systemRandom.bytes(32)) }], samples: 48_000 * (1 + (nth % 120)), preSkip: 312, sha256: 'a'.repeat(64), waveform: toBase64Url(systemRandom.bytes(256)), fileName: nth % 50 === 0 ? `Lecture ${nth}.mp3` : null },
    blobs: [{ id: makeId(systemRandom), length: 94_000, sha256: 'b'.repeat(64) }], here: true, heard: nth % 40 !== 0, heardBy: [], removed: null, failure: null,
    ...(nth % 50_000 === 77 && { words: 'Recipe for plum cake' }),
  };
}
