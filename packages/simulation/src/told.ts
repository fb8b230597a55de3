import type { Outcome } from './run.ts';

/** The last lines of a trace say most about how it went wrong. */
const TAIL = 60;

/** What went wrong in a world of these terms (`--years`, `--busy`), and how to see it again. */
export function told({ seed, violations, trace }: Outcome, terms: readonly string[]): string {
  const again = `npm run simulate -- ${['--seed', seed, ...terms].join(' ')}`;
  return `seed ${seed} fails; again with: ${again}\n${violations.join('\n')}\n...\n${trace.slice(-TAIL).join('\n')}`;
}
