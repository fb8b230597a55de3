import type { Id } from '@earshot/base/ids.ts';
import { type Evidence, Failure } from '@earshot/protocol/failures.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { LogRow } from './row.ts';

/**
 * What an active member holds was acknowledged, which is for ever: a server that has less was brought back from before that. It stays so until the server
 * was seen to have it again (`regained`): a log that grew anew to the same length is another one.
 */
export function lostSince(me: Id, { head, members }: LogInfo, have: number, { lost }: Pick<LogRow, 'lost'>): Pick<LogRow, 'lost'> {
  if (!members.some(({ person, left }) => person === me && left === null)) return {};
  if (lost !== undefined) return { lost };
  return head < have ? { lost: head } : {};
}

/** Up to where each log is here, opened or not. Of what the server lost nothing is asked for: what it has behind that is not what was said here. */
export function askedBehind(logs: readonly LogRow[]): Map<Id, number> {
  return new Map(logs.filter(({ pending }) => !pending).map(({ id, applied, aside, lost }) => [id, lost === undefined ? (aside?.upTo ?? applied) : Number.MAX_SAFE_INTEGER]));
}

/** Nothing may be numbered behind what the server lost: it would get the numbers of what is here. Throws `server.restored`. */
export function requireWhole(log: Pick<LogRow, 'id' | 'applied' | 'lost'>): void {
  if (log.lost !== undefined) throw new Failure('server.restored', lossOf(log));
}

/** Up to where a log is here, and at a server that lost the rest: evidence. */
export function lossOf({ id, applied, lost }: Pick<LogRow, 'id' | 'applied' | 'lost'>): Evidence {
  return { conversation: id, here: applied, server: lost ?? applied };
}
