import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';

/** Both, or the first one's failure, or the second's; never before both have ended, so that nothing is left open behind a failure. */
export async function together(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled([one, other]);
  for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
}

/** What is no failure of the world is one of ours: something on the way from the microphone broke. */
export function codeOf(error: unknown): FailureCode {
  return error instanceof Failure ? error.code : 'recorder.pipeline';
}
