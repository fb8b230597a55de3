import { AssertionError } from 'node:assert/strict';

/** Tries that a voice has to come through whole: on a machine that is busy otherwise, sound gets lost before any browser has it. */
const TRIES = 5;
/** How often something is said in one of them. */
const SPEECHES = 3;
/** Milliseconds of one try. The longest takes 35 seconds on an idle machine; what is not done then hangs, and so may a browser. */
const LIMIT = 120_000;
/** Milliseconds for a test of several tries. */
export const TRIES_LIMIT = TRIES * (LIMIT + 20_000);

/** `givenUp`: its time has run out, and another one begins. What it still does must touch nothing of that. */
export type Attempt = (givenUp: AbortSignal) => Promise<void>;

/**
 * Says why a try failed, so that one sees in the protocol what went well only later. `renew` makes ready for another try, and is
 * part of it: where that fails, the try has failed.
 */
export async function inTries(attempt: Attempt, renew: Attempt = async () => undefined): Promise<void> {
  const again: Attempt = async (givenUp) => {
    await renew(givenUp);
    givenUp.throwIfAborted();
    await attempt(givenUp);
  };
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await inTime(left === TRIES - 1 ? attempt : again);
    } catch (error) {
      if (left === 0) throw error;
      sayWhy(error);
    }
  }
}

/** Within one try: what was said is heard by `assertHeard`, and where that does not hold it is said again. Whatever else fails is for the next try. */
export async function saidInTries<T>(say: () => Promise<T>, assertHeard: (heard: T) => Promise<void>): Promise<T> {
  for (let left = SPEECHES - 1; ; left -= 1) {
    const heard = await say();
    try {
      await assertHeard(heard);
      return heard;
    } catch (error) {
      if (left === 0 || !(error instanceof AssertionError)) throw error;
      sayWhy(error);
    }
  }
}

function sayWhy(error: unknown): void {
  process.stderr.write(`Once more, because: ${String(error).split('\n')[0] ?? ''}\n`);
}

async function inTime(attempt: Attempt): Promise<void> {
  const late = Promise.withResolvers<never>();
  const giving = new AbortController();
  const timer = setTimeout(() => {
    giving.abort();
    late.reject(new Error(`nothing came of it in ${LIMIT / 1_000} seconds`));
  }, LIMIT);
  try {
    await Promise.race([attempt(giving.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
