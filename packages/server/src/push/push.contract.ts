import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Push, PushAddress } from './push.ts';

/** A push service, as the suite has to lead it. */
export interface PushStage extends AsyncDisposable {
  readonly push: Push;
  /** An address there that can be woken, and how often it was. */
  address(): Promise<PushAddress>;
  woken(address: PushAddress): number;
  /** From now on the service takes wakes, says that subscriptions have ended, asks to come again after some seconds, or is silent. */
  behave(how: 'well' | 'gone' | 'busy' | 'silent', seconds?: number): void;
}

/** What every adapter of the port keeps. */
export function pushContract(adapter: string, open: () => Promise<PushStage>): void {
  test(`[PUSH1] ${adapter}: a wake that was accepted is at the push service, for the device it is for`, async () => {
    await using stage = await open();
    const [one, other] = [await stage.address(), await stage.address()];
    assert.deepEqual(await stage.push.wake(one), { kind: 'accepted' });
    assert.deepEqual(await stage.push.wake(one), { kind: 'accepted' });
    assert.deepEqual([stage.woken(one), stage.woken(other)], [2, 0]);
    await stage.push.close();
  });

  test(`[PUSH1] ${adapter}: whatever the push service does is an answer`, async () => {
    await using stage = await open();
    const address = await stage.address();
    stage.behave('gone');
    assert.deepEqual(await stage.push.wake(address), { kind: 'gone' });
    stage.behave('busy', 120);
    const busy = await stage.push.wake(address);
    assert.ok(busy.kind === 'failed' && busy.retryAfter === 120_000, JSON.stringify(busy));
    stage.behave('silent');
    const silent = await stage.push.wake(address);
    assert.ok(silent.kind === 'failed' && silent.reason === 'no answer', JSON.stringify(silent));
    stage.behave('well');
    assert.deepEqual(await stage.push.wake(address), { kind: 'accepted' });
    assert.equal(stage.woken(address), 1);
    await stage.push.close();
  });
}
