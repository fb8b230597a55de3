import type { Change, Store, Value } from '../store.ts';

/** The laws of the store port without a test runner, so that they can run inside a page as well. */
export interface StoreLaw {
  readonly name: string;
  check(open: OpenStores, check: Check): Promise<void>;
}

/** Two views of the same, at first empty, store: as two pages or two processes have it. */
export type OpenStores = () => Promise<{ one: Store; other: Store; reopen: () => Promise<Store> }>;
export interface Check {
  equal(actual: unknown, expected: unknown): void;
}

const put = (key: string, value: Value): Change => ({ put: key, value });

export const storeLaws: readonly StoreLaw[] = [
  {
    name: '[DISK1] a batch is there as a whole, and a later one sees it',
    check: async (open, check) => {
      const { one, other } = await open();
      check.equal(await one.commit([put('a', 1), put('b', 'two'), put('c', true)]), true);
      check.equal(await other.list({ from: '', to: '~' }), [['a', 1], ['b', 'two'], ['c', true]]);
      check.equal(await other.commit([{ drop: 'a' }, put('b', null)]), true);
      check.equal(await one.list({ from: '', to: '~' }), [['b', null], ['c', true]]);
      check.equal(await one.get('a'), undefined);
    },
  },
  {
    name: '[DISK2] what was committed is there after closing and opening again',
    check: async (open, check) => {
      const { one, other, reopen } = await open();
      await one.commit([put('kept', { deep: [1, 2] })]);
      await one.close();
      await other.close();
      const again = await reopen();
      check.equal(await again.get('kept'), { deep: [1, 2] });
      await again.close();
    },
  },
  {
    name: '[DISK3] keys are in the order of their UTF-16 code units, from both ends',
    check: async (open, check) => {
      const { one } = await open();
      const keys = ['a', 'a/1', 'a/10', 'a/2', 'b', '\u{1f600}', '\uffee', 'é', 'Z'];
      await one.commit(keys.map((key) => put(key, 0)));
      const sorted = [...keys].sort();
      const all = { from: '', to: '\uffff' };
      check.equal((await one.list(all)).map(([key]) => key), sorted);
      check.equal((await one.list({ ...all, reverse: true })).map(([key]) => key), sorted.toReversed());
      check.equal((await one.list({ from: 'a/', to: 'a0', limit: 2 })).map(([key]) => key), ['a/1', 'a/10']);
      check.equal((await one.list({ from: 'a/', to: 'a0', limit: 2, reverse: true })).map(([key]) => key), ['a/2', 'a/10']);
      check.equal(await one.list({ from: 'b', to: 'a' }), []);
      check.equal(await one.list({ from: 'b', to: 'b' }), []);
    },
  },
  {
    name: '[DISK4] values come back equal',
    check: async (open, check) => {
      const { one, other } = await open();
      const value = {
        text: 'é\u{1f600}', empty: '', number: -1.5, big: 2 ** 53 - 1, yes: true, none: null,
        list: [1, 'a', null, [2]], nested: { bytes: new Uint8Array([0, 255, 3]) }, bytes: new Uint8Array(0),
      };
      await one.commit([put('value', value), put('bytes', new Uint8Array([1, 2]).subarray(1))]);
      check.equal(await other.get('value'), value);
      const bytes = await other.get('bytes');
      check.equal(bytes instanceof Uint8Array && [...bytes], [2]);
    },
  },
  {
    name: '[DISK6] a batch whose expectation fails changes nothing and says so',
    check: async (open, check) => {
      const { one, other } = await open();
      await one.commit([put('row', { at: 1 })]);
      const seen = await other.get('row');
      check.equal(await one.commit([{ expect: 'row', value: { at: 1 } }, put('row', { at: 2 })]), true);
      check.equal(await other.commit([put('side', 1), { expect: 'row', value: seen }, put('row', { at: 3 })]), false);
      check.equal(await one.get('row'), { at: 2 });
      check.equal(await one.get('side'), undefined);
      check.equal(await other.commit([{ expect: 'new', value: undefined }, put('new', 1)]), true);
      check.equal(await other.commit([{ expect: 'new', value: undefined }, put('new', 2)]), false);
    },
  },
  {
    name: '[DISK6] of many that change the same row at once none is lost',
    check: async (open, check) => {
      const { one, other } = await open();
      await one.commit([put('count', 0)]);
      const add = async (store: Store): Promise<void> => {
        for (;;) {
          const before = await store.get('count');
          if (await store.commit([{ expect: 'count', value: before }, put('count', Number(before) + 1)])) return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, (_, at) => add(at % 2 === 0 ? one : other)));
      check.equal(await one.get('count'), 20);
    },
  },
];
