import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Log } from '@earshot/base/log.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Limits } from '../ports.ts';
import type { PushCounts, PushStore, StoredWake } from '../store/push-store.ts';
import type { Push, PushAnswer } from './push.ts';
import { afterwards, look } from './wakes.ts';

/** Wakes on their way at once: a push service that hangs keeps nobody waiting but its own devices, and these few. */
const AT_ONCE = 16;
/** Longer than any attempt. Whoever dies with a wake in hand has it tried again after this. */
const LEASE = 60_000;

export interface WakerPorts {
  readonly store: { readonly push: PushStore };
  readonly push: Push;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Pick<Limits, 'wakeGrace' | 'wakePatience'>;
}

export interface PushHealth extends PushCounts {
  /** When a push service last answered as it should, since this process began. */
  readonly answered: number | null;
  /** The failures since then, while somebody whom they left asleep is to be woken: how many, since when, and what the last one was. */
  readonly failing: { readonly count: number; readonly since: number; readonly reason: string } | null;
}

/** Works off the pending wakes. Whoever posts an event never waits for it. */
export class Waker {
  readonly #ports: WakerPorts;
  readonly #connected: (person: Id, device: Id) => boolean;
  readonly #underway = new Map<Id, Promise<void>>();
  #answered: number | null = null;
  #failing: PushHealth['failing'] = null;

  constructor(ports: WakerPorts, connected: (person: Id, device: Id) => boolean) {
    this.#ports = ports;
    this.#connected = connected;
  }

  /** Begins what is due, as far as there is room; resolves once that is begun. */
  async round(): Promise<void> {
    const room = AT_ONCE - this.#underway.size;
    if (room === 0) return;
    const now = this.#ports.clock.now();
    for (const wake of await this.#ports.store.push.take(now, now + LEASE, room)) {
      const work = this.#work(wake)
        // The lease brings it back.
        .catch((error: unknown) => this.#ports.log.warn('wake', { reason: error instanceof Error ? error.message : 'unknown' }))
        .finally(() => this.#underway.delete(wake.device));
      this.#underway.set(wake.device, work);
    }
  }

  async health(): Promise<PushHealth> {
    const counts = await this.#ports.store.push.counts();
    // Who was tried in vain signed out, turned it off or has another address: what failed there says nothing of whom there is to wake.
    if (counts.failed === 0) this.#failing = null;
    return { ...counts, answered: this.#answered, failing: this.#failing };
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underway.values());
  }

  async close(): Promise<void> {
    await this.#ports.push.close();
    await this.settled();
  }

  async #work(wake: StoredWake): Promise<void> {
    const { store, push, clock, limits } = this.#ports;
    const now = clock.now();
    const next = look(wake, { connected: this.#connected(wake.person, wake.device), now, grace: limits.wakeGrace });
    switch (next.do) {
      case 'drop': return store.push.done(wake, now);
      case 'wait': return store.push.later(wake, next.until, wake.tries);
      case 'send': return this.#settle(wake, await push.wake(wake));
    }
  }

  #settle(wake: StoredWake, answer: PushAnswer): Promise<void> {
    const { store, clock, random, limits } = this.#ports;
    const now = clock.now();
    this.#note(answer, now);
    const next = afterwards(wake, answer, { now, random, patience: limits.wakePatience });
    switch (next.do) {
      case 'done': return store.push.done(wake, now);
      case 'remove': return store.push.ended(wake);
      case 'again': return store.push.later(wake, next.at, wake.tries + 1);
    }
  }

  #note(answer: PushAnswer, now: number): void {
    if (answer.kind !== 'failed') {
      this.#answered = now;
      this.#failing = null;
      return;
    }
    this.#failing = { count: (this.#failing?.count ?? 0) + 1, since: this.#failing?.since ?? now, reason: answer.reason };
    this.#ports.log.warn('push service', { reason: answer.reason });
  }
}
