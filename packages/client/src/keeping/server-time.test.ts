import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@earshot/base/clock.ts';
import { ServerTime } from './server-time.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

/** A clock whose hands are turned, and whose waits end when they are let. */
class TurnedClock implements Clock {
  shows = 5 * DAY;
  readonly #waits = new Set<() => void>();

  now(): number {
    return this.shows;
  }

  sleep(_milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waits.delete(done);
        resolve();
      };
      this.#waits.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (signal?.aborted) done();
    });
  }

  /** What waits longest ends. */
  ring(): void {
    const [first] = this.#waits;
    first?.();
  }
}

test('[KEEP1] a clock that is put forward while somebody waits moves nothing; what was waited counts, once', async () => {
  const clock = new TurnedClock();
  const time = new ServerTime(clock);
  const [end, wake] = [new AbortController(), new AbortController()];
  time.heard(NOW);
  const woken = time.sleep(30_000, end.signal, wake.signal);
  clock.shows += 9 * DAY;
  assert.equal(time.now(), NOW);
  wake.abort();
  await woken;
  assert.equal(time.now(), NOW, 'it is not known how long that was');
  const waited = time.sleep(20_000, end.signal);
  clock.ring();
  await waited;
  assert.equal(time.now(), NOW + 30_000, 'the first wait went on, and counts with all of it');
  clock.shows += 9 * DAY;
  assert.equal(time.now(), NOW + 30_000);
  end.abort();
});

test('[KEEP1] what the server says counts at once, and nothing twice', async () => {
  const clock = new TurnedClock();
  const time = new ServerTime(clock);
  const end = new AbortController();
  time.heard(NOW);
  const waiting = time.sleep(60_000, end.signal);
  time.atLeast(NOW + 50_000);
  await waiting;
  time.atLeast(NOW + 40_000);
  assert.equal(time.now(), NOW + 50_000);
  time.heard(NOW + 45_000);
  assert.equal(time.now(), NOW + 45_000, 'it knows best');
  assert.equal(time.shown(), NOW + 45_000);
  end.abort();
});
