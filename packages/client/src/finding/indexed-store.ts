import type { Id } from '@earshot/base/ids.ts';
import type { MessageRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { sameValue } from '../stores/same-value.ts';
import { type Block, BLOCK_NUMBERS, emptyBlock, type Found, foundOf, packBlock, recordsOf } from './block.ts';

/**
 * A store that keeps what messages are found by beside them: whoever writes a message writes its record in the same step, and no writer has to
 * think of it. Opening each of 100,000 sealed rows would take seconds; their 400 blocks are open in a moment.
 */
export function indexedStore(inner: Store): Store {
  return {
    get: (key) => inner.get(key),
    list: (range) => inner.list(range),
    close: () => inner.close(),
    commit: async (changes) => {
      const touched = touchedBlocks(changes);
      if (touched.size === 0) return await inner.commit(changes);
      for (;;) {
        const blocks = await Promise.all([...touched].map(([key, messages]) => nextBlock(inner, key, messages)));
        const writes = blocks.flatMap(({ key, before, next }): Change[] => (next === null ? [] : [{ expect: key, value: before }, { put: key, value: next }]));
        if (await inner.commit([...changes, ...writes])) return true;
        // Another writer's message in the same block is no reason to refuse this one.
        const now = await Promise.all(blocks.map(({ key }) => inner.get(key)));
        if (blocks.every(({ before }, at) => sameValue(before, now[at]))) return false;
      }
    },
  };
}

/** The block of a number of a log. */
export function blockKey(log: Id, seq: number): string {
  return keys.find(log, Math.floor(seq / BLOCK_NUMBERS));
}

/** What becomes of messages, by the block that has them: a row, or null for none. Blocks that are dropped with them are left alone. */
function touchedBlocks(changes: readonly Change[]): Map<string, Map<number, MessageRow | null>> {
  const touched = new Map<string, Map<number, MessageRow | null>>();
  for (const change of changes) {
    const key = 'put' in change ? change.put : 'drop' in change ? change.drop : '';
    const [room, folder, log = '', digits = ''] = key.split('/', 4);
    if (room !== 'r' || folder !== 'message') continue;
    const block = blockKey(log, Number(digits));
    const messages = touched.get(block) ?? new Map<number, MessageRow | null>();
    touched.set(block, messages.set(Number(digits), 'put' in change ? (change.value as MessageRow) : null));
  }
  for (const change of changes) if ('drop' in change) touched.delete(change.drop);
  return touched;
}

interface NextBlock {
  readonly key: string;
  readonly before: Block | undefined;
  /** Null when it stays as it is. */
  readonly next: Block | null;
}

async function nextBlock(store: Store, key: string, messages: ReadonlyMap<number, MessageRow | null>): Promise<NextBlock> {
  const before = (await store.get(key)) as Block | undefined;
  const found = new Map<number, Found>();
  for (const one of recordsOf(before ?? emptyBlock)) found.set(one.seq, one);
  for (const [seq, row] of messages) {
    const one = row === null ? null : foundOf(row);
    if (one === null) found.delete(seq);
    else found.set(seq, one);
  }
  const next = packBlock(found.values());
  return { key, before, next: sameValue(before ?? emptyBlock, next) ? null : next };
}
