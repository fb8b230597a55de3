import assert from 'node:assert/strict';
import { test } from 'node:test';
import { custodyOf } from './custody.ts';
import { rested } from './resting.ts';
import { waysOf } from './ways.ts';
import { ChannelLocks } from './channel-locks.ts';
import type { ChannelWord } from './channel-locks.ts';
import { Failure } from '@earshot/protocol/failures.ts';

test('[REC9] each second is as safe as its least safe packet', () => {
  assert.deepEqual(custodyOf({ total: 0, safe: 0, stored: 0 }), []);
  assert.deepEqual(custodyOf({ total: 170, safe: 140, stored: 60 }), ['server', 'device', 'memory', 'memory']);
  assert.deepEqual(custodyOf({ total: 120, safe: 120, stored: 120 }), ['server', 'server', 'server']);
});

test('[REC24] only what was discarded 30 days ago has rested; a decision in the future rests on', () => {
  const day = 86_400_000;
  const take = (state: 'open' | 'sent' | 'discarded', days: number) => ({ state, changed: 100 * day - days * day });
  const takes = [take('discarded', 29.9), take('discarded', 30), take('open', 99), take('sent', 99), take('discarded', -5)];
  assert.deepEqual(rested(takes, 100 * day), [takes[1]]);
});

test('[REC27] the best ways need no word', () => {
  const best = { capture: 'track', disk: 'opfs', refused: '', codec: 'simd', locks: 'web-locks' } as const;
  assert.ok(waysOf(best).every((way) => way.note === null));
  assert.match(String(waysOf({ ...best, capture: 'worklet' })[0]?.note), /battery/);
  assert.match(String(waysOf({ ...best, disk: 'indexeddb', refused: 'opfs: SecurityError' })[1]?.note), /SecurityError/);
});

test('[REC17] windows that ask one another: one of two gets a take, and the other one once it was let go', async () => {
  const listeners: ((word: ChannelWord) => void)[] = [];
  const window = (who: string): ChannelLocks => {
    const own = listeners.length;
    return new ChannelLocks({
      say: (word) => listeners.forEach((listener, index) => index !== own && queueMicrotask(() => listener(word))),
      listen: (listener) => (listeners[own] = listener),
    }, who);
  };
  const [one, other] = [window('a'), window('b')];
  const tries = await Promise.allSettled([one.lock('take'), other.lock('take')]);
  const [release, refused] = tries;
  assert.ok(release?.status === 'fulfilled' && refused?.status === 'rejected');
  assert.ok(refused.reason instanceof Failure && refused.reason.code === 'recorder.elsewhere');
  assert.deepEqual([...(await other.locked())], ['take']);
  release.value();
  const again = await other.lock('take');
  await assert.rejects(one.lock('take'));
  again();
});
