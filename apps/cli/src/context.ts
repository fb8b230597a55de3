import type { Readable } from 'node:stream';
import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Screen } from './output/output.ts';

/** Everything of the process that a command touches: handed in by `main.ts`, so that a test can hand in its own. */
export interface Context extends Screen {
  readonly in: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of arguments start here. */
  readonly cwd: string;
  readonly home: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts at the first interrupt, or when nobody reads standard output any more. Its reason is the exit code to end with. */
  readonly ending: AbortSignal;
}
