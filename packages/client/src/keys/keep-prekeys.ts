import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Bus } from '../bus.ts';
import type { Tasks } from '../tasks.ts';
import type { Prekeys } from './prekeys.ts';

export interface KeepPrekeysPorts {
  readonly prekeys: Pick<Prekeys, 'look'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly tasks: Tasks;
  /** Whether the server is reached at the moment. */
  readonly live: () => boolean;
}

/** Milliseconds. */
const EVERY = 6 * 3_600_000;
const AGAIN = 30_000;

/** Looks after prekeys with each connection, and now and then as long as it holds. Goes on until the tasks end. */
export async function keepPrekeys({ prekeys, bus, clock, tasks: { signal }, live }: KeepPrekeysPorts): Promise<void> {
  while (!signal.aborted) {
    const connected = new AbortController();
    const end = bus.on(({ type }) => void (type === 'connection' && live() && connected.abort()));
    const failed = live() && !(await looked(prekeys));
    await clock.sleep(failed ? AGAIN : EVERY, failed ? signal : AbortSignal.any([signal, connected.signal]));
    end();
  }
}

/** What stands in its way passes: it is looked at again. */
async function looked(prekeys: Pick<Prekeys, 'look'>): Promise<boolean> {
  try {
    await prekeys.look();
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
