import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { FindQuery } from '@earshot/client/earshot-finding.ts';
import { withProfile } from '../perform.ts';
import type { ProfileOptions, Session } from '../profile/session.node.ts';
import { resolveConversation, resolvePerson } from './resolve.ts';

/** What `find` and `save --all` choose messages by. */
export interface ChoiceOptions extends ProfileOptions {
  readonly to?: string;
  readonly from?: string;
  readonly after?: number;
  readonly before?: number;
  readonly shortest?: number;
  readonly longest?: number;
  readonly unheard?: true;
  readonly kept?: true;
}

export function withChoice(command: Command): Command {
  return withProfile(command)
    .option('--to <name>', 'only in the conversation with this person, this group, or me (your notes)')
    .option('--from <name>', 'only what this person said')
    .option('--after <date>', 'only from this day on, e.g. 2026-03-01', day)
    .option('--before <date>', 'only before this day', day)
    .option('--shortest <seconds>', 'only those that are at least so long', seconds)
    .option('--longest <seconds>', 'only those that are at most so long', seconds)
    .option('--unheard', 'only those of others that you have not heard')
    .option('--kept', 'only those that somebody keeps from expiring');
}

export async function queryOf(session: Session, { to, from, after, before, shortest, longest, unheard, kept }: ChoiceOptions): Promise<FindQuery> {
  const me = await session.me();
  const conversation = to === undefined ? null : await session.find((known) => resolveConversation(to, known));
  const person = from === undefined ? null : from === 'me' ? me.person : await session.find(({ people }) => resolvePerson(from, people));
  return {
    ...(conversation !== null && { conversation }), ...(person !== null && { from: person }),
    ...(after !== undefined && { after }), ...(before !== undefined && { before }), ...(shortest !== undefined && { shortest }), ...(longest !== undefined && { longest }), ...(unheard && { unheard }), ...(kept && { kept }),
  };
}

/** The beginning of a day where this command runs. */
function day(text: string): number {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const time = new Date(Number(year), Number(month) - 1, Number(date)).getTime();
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a day such as 2026-03-01.');
  return time;
}

function seconds(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new InvalidArgumentError('It must be a number of seconds.');
  return number;
}
