/** Tries that a voice has to come through whole: on a machine that is busy otherwise, sound gets lost before any browser has it. */
const TRIES = 5;
/** Milliseconds of one try. The longest takes 35 seconds on an idle machine; what is not done then hangs, and so may a browser. */
const LIMIT = 120_000;
/** Milliseconds for a test of several tries. */
export const TRIES_LIMIT = TRIES * (LIMIT + 20_000);

/** Says why a try failed, so that one sees in the protocol what went well only later. `renew` makes ready for another try. */
export async function inTries(attempt: () => Promise<void>, renew: () => Promise<void> = async () => undefined): Promise<void> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await inTime(attempt());
    } catch (error) {
      if (left === 0) throw error;
      process.stderr.write(`Once more, because: ${String(error).split('\n')[0] ?? ''}\n`);
      await renew();
    }
  }
}

async function inTime(attempt: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`nothing came of it in ${LIMIT / 1_000} seconds`)), LIMIT);
  try {
    await Promise.race([attempt, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
