import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FanOut, Hint } from './fanout.ts';

const hint: Hint = { kind: 'changed', what: 'logs' };

/** What every adapter of the port keeps. Hints may be lost, so the suite publishes until they come. */
export function fanOutContract(adapter: string, open: () => Promise<FanOut>): void {
  test(`[FAN1] ${adapter}: a hint reaches every listener of the people it is for, and nobody else`, async () => {
    const fanout = await open();
    const heard: string[] = [];
    fanout.subscribe('alice', (person) => heard.push(`1 ${person}`));
    fanout.subscribe('alice', (person) => heard.push(`2 ${person}`));
    fanout.subscribe('bob', (person) => heard.push(`3 ${person}`));
    await until(() => {
      fanout.publish(['alice', 'nobody'], hint);
      return heard.length >= 2;
    });
    assert.deepEqual([...new Set(heard)].sort(), ['1 alice', '2 alice']);
    await fanout.close();
  });

  test(`[FAN1] ${adapter}: who unsubscribed hears nothing more, others go on`, async () => {
    const fanout = await open();
    let first = 0;
    let second = 0;
    const stop = fanout.subscribe('alice', () => (first += 1));
    fanout.subscribe('alice', () => (second += 1));
    stop();
    stop();
    await until(() => {
      fanout.publish(['alice'], hint);
      return second > 0;
    });
    assert.equal(first, 0);
    await fanout.close();
  });
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (done()) return;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  assert.fail('nothing was heard');
}
