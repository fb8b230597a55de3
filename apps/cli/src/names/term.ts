import { InvalidArgumentError } from 'commander';
import { limits } from '@earshot/protocol/limits.ts';

/** How long what was heard stays, as people write it: `never` ends, `once`, or a number with its unit. */

const units = [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const;

/** Seconds after it was heard, 0 for `once`, null for `never`; undefined when the text says nothing of the kind. */
export function readTerm(text: string): number | null | undefined {
  if (text === 'never') return null;
  if (text === 'once') return 0;
  const [, digits = '', unit = ''] = /^([1-9]\d{0,7})([dhms])$/.exec(text) ?? [];
  const seconds = Number(digits) * (units.find(([name]) => name === unit)?.[1] ?? 0);
  return seconds > 0 && seconds <= limits.expirySeconds ? seconds : undefined;
}

/** The same the other way round, in the largest unit that is exact. */
export function writeTerm(seconds: number | null): string {
  if (seconds === null) return 'never';
  if (seconds === 0) return 'once';
  const [name, size] = units.find(([, length]) => seconds % length === 0) ?? ['s', 1];
  return `${seconds / size}${name}`;
}

export const termForm = 'never, once, or a time after hearing such as 2m, 12h or 30d, at most 365d';

/** For commander, which takes a bare null for an option without a value. */
export function termArgument(text: string): { readonly seconds: number | null } {
  const seconds = readTerm(text);
  if (seconds === undefined) throw new InvalidArgumentError(`It must be ${termForm}.`);
  return { seconds };
}
