import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { sayBytes } from './say-bytes.ts';
import type { Words } from './words.ts';

/** What happened, what to do, and what is known besides: in one line. */
export function sayFailure(code: FailureCode, evidence: Evidence, words: Words): string {
  const { cause, next } = words.failure(code);
  return [cause, next, evidenceOf(code, evidence, words)].filter((sentence) => sentence !== '').join(' ');
}

/** What the words of a failure leave to be said, because it is another thing each time: a time, a limit, a place. Empty where it is not known. */
export function evidenceOf(code: FailureCode, evidence: Evidence, words: Words): string {
  const { until, group, seen, expected, secondsLeft, origin, limit, allowed, least, most } = evidence;
  if (typeof until === 'number') return words.t('connection.until', { time: words.time(until) });
  if (code === 'recovery.mistyped' && typeof group === 'number') return words.t('why.group', { number: group });
  if (code === 'recovery.mistyped' && typeof seen === 'number' && typeof expected === 'number') return words.t('why.characters', { seen, expected });
  if (code === 'recorder.storage-low' && typeof secondsLeft === 'number') return words.t('why.left', { length: words.spokenLength(secondsLeft) });
  if (code === 'request.origin' && typeof origin === 'string') return words.t('why.origin', { origin });
  if (code === 'limit.reached' && typeof allowed === 'number') return words.t('why.allowed', { most: String(limit).endsWith('Bytes') ? sayBytes(words, allowed) : words.number(allowed) });
  // Nothing is shorter than what is heard once.
  if (code === 'expiry.refused' && typeof least === 'number' && typeof most === 'number') return words.t(least === 0 ? 'why.allowed' : 'why.between', { least: words.span(least), most: words.span(most) });
  return '';
}
