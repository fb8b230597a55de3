import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from './machine.ts';

/** What every adapter of the port keeps. `open` gives one that works, `broken` one that cannot be written. */
export function machineContract(adapter: string, open: () => Promise<Machine>, broken: () => Promise<Machine>): void {
  test(`[STAT1] ${adapter}: room is told in bytes, time only grows, and what can be written is`, async () => {
    const machine = await open();
    const room = await machine.room();
    assert.ok(room === null || (Number.isSafeInteger(room) && room > 0));
    const before = machine.elapsed();
    await machine.write();
    assert.ok(machine.elapsed() >= before);
    assert.deepEqual(await machine.backup(), { verified: null, failed: null });
  });

  test(`[STAT1] ${adapter}: what cannot be written says so`, async () => {
    const machine = await broken();
    await assert.rejects(machine.write());
  });
}
