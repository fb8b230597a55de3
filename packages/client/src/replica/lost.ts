import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { LogRow } from './row.ts';

/** What an active member holds was acknowledged, which is for ever: a server that has less was brought back from before that. */
export function lostSince(me: Id, { head, members }: LogInfo, have: number): Pick<LogRow, 'lost'> {
  const active = members.some(({ person, left }) => person === me && left === null);
  return active && head < have ? { lost: head } : {};
}

/** Nothing may be numbered behind what the server lost: it would get the numbers of what is here. Throws `server.restored`. */
export function requireWhole({ id, applied, lost }: Pick<LogRow, 'id' | 'applied' | 'lost'>): void {
  if (lost !== undefined) throw new Failure('server.restored', { conversation: id, here: applied, server: lost });
}
