import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import type { Locks } from '../locks.ts';

/** Registers the laws of the locks port as tests of one adapter. `open` gives two views of the same locks. */
export function locksContract(name: string, open: () => Promise<{ one: Locks; other: Locks }>): void {
  test(`${name}: [LOCK1] one holder at a time, and everybody gets a turn`, async () => {
    const { one, other } = await open();
    let inside = 0;
    let turns = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await systemClock.sleep(1);
      inside -= 1;
      turns += 1;
    };
    await Promise.all(Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? one : other).hold('a', work)));
    assert.equal(turns, 12);
  });

  test(`${name}: [LOCK2] different names do not wait for each other`, async () => {
    const { one, other } = await open();
    const held = Promise.withResolvers<void>();
    const holding = one.hold('a', () => held.promise);
    assert.equal(await other.hold('b', async () => 'through'), 'through');
    held.resolve();
    await holding;
  });

  test(`${name}: [LOCK3] whoever throws lets go, and what was thrown comes out`, async () => {
    const { one, other } = await open();
    await assert.rejects(one.hold('a', () => Promise.reject(new Error('inside'))), /inside/);
    assert.equal(await other.hold('a', async () => 1), 1);
  });

  test(`${name}: [LOCK4] who gives up waiting is refused, and the lock goes on to the next`, async () => {
    const { one, other } = await open();
    const held = Promise.withResolvers<void>();
    const holding = one.hold('a', () => held.promise);
    const patience = new AbortController();
    const waiting = other.hold('a', async () => assert.fail('began all the same'), patience.signal);
    const next = one.hold('a', async () => 'next');
    patience.abort(new Error('no longer'));
    await assert.rejects(waiting, /no longer/);
    held.resolve();
    await holding;
    assert.equal(await next, 'next');
  });
}
