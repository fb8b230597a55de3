import type { Id } from '@earshot/base/ids.ts';
import type { Message } from './earshot.ts';

/** What a message must be to be found: all of what is given. */
export interface FindQuery {
  readonly conversation?: Id;
  /** Who said it. */
  readonly from?: Id;
  /** Server time in milliseconds: from `after` on, and before `before`. */
  readonly after?: number;
  readonly before?: number;
  /** Seconds. */
  readonly shortest?: number;
  readonly longest?: number;
  /** Of others, and not heard yet. */
  readonly unheard?: boolean;
  /** Somebody keeps it from expiring. */
  readonly kept?: boolean;
  /** Each of them stands in its file name or in the words kept with it; upper and lower case are the same. */
  readonly words?: string;
  /** Else the newest come first. */
  readonly oldestFirst?: boolean;
  /** At most so many; 50 unless given, 1,000 at the most. */
  readonly limit?: number;
  /** `more` of the answer before. */
  readonly cursor?: string;
}

export interface FoundMessages {
  readonly messages: readonly Message[];
  /** How many there are in all. */
  readonly count: number;
  /** Where to go on; null when these were the last. */
  readonly more: string | null;
}
