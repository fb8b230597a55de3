import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { FindQuery } from '@earshot/client/earshot.ts';
import { resolveConversation, resolvePerson } from '../names/resolve.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { describeMessage, wholeNumber } from './list.ts';
import { findMessage } from './save.ts';

/** What `find` and `save --all` choose messages by. */
export interface ChoiceOptions extends ProfileOptions {
  readonly to?: string;
  readonly from?: string;
  readonly after?: number;
  readonly before?: number;
  readonly shortest?: number;
  readonly longest?: number;
  readonly unheard?: true;
}

export function withChoice(command: Command): Command {
  return withProfile(command)
    .option('--to <name>', 'only in the conversation with this person, this group, or me (your notes)')
    .option('--from <name>', 'only what this person said')
    .option('--after <date>', 'only from this day on, e.g. 2026-03-01', day)
    .option('--before <date>', 'only before this day', day)
    .option('--shortest <seconds>', 'only those that are at least so long', seconds)
    .option('--longest <seconds>', 'only those that are at most so long', seconds)
    .option('--unheard', 'only those of others that you have not heard');
}

export function defineFind(program: Command, stage: Stage): void {
  const command = withChoice(program.command('find'))
    .description('find messages, the newest first: by person, conversation, date, length, and the words kept with them')
    .argument('[words...]', 'each must stand in the name of the file or in the words kept with the message')
    .option('--limit <n>', 'at most so many', wholeNumber, 50);
  examples(command, 'earshot find plum cake', 'earshot find --from ben --after 2026-03-01 --longest 60 --json')
    .action(async (words: string[], options: ChoiceOptions & { readonly limit: number }) => {
      await stage.perform(options, async (output) => {
        await using session = await openSession(stage.context, options);
        await session.fresh(output);
        const { messages, count } = await session.earshot.messages.find({ ...(await queryOf(session, options)), words: words.join(' '), limit: options.limit });
        for (const message of messages) {
          const { line, text } = await describeMessage(session, message);
          output.result(line, text);
        }
        if (count > messages.length) output.note(`earshot: these are ${messages.length} of ${count}.`);
      });
    });
}

export async function queryOf(session: Session, { to, from, after, before, shortest, longest, unheard }: ChoiceOptions): Promise<FindQuery> {
  const me = await session.me();
  const conversation = to === undefined ? null : await session.find((known) => resolveConversation(to, known));
  const person = from === undefined ? null : from === 'me' ? me.person : await session.find(({ people }) => resolvePerson(from, people));
  return {
    ...(conversation !== null && { conversation }), ...(person !== null && { from: person }),
    ...(after !== undefined && { after }), ...(before !== undefined && { before }), ...(shortest !== undefined && { shortest }), ...(longest !== undefined && { longest }), ...(unheard && { unheard }),
  };
}

export function defineWords(program: Command, stage: Stage): void {
  const command = withProfile(program.command('words'))
    .description('keep words with a message, to find it by; only you see them, on all your devices')
    .argument('<id>', 'the message')
    .argument('[words...]', 'the words (default: none, which takes away those that were kept)');
  examples(command, 'earshot words 4hqk... recipe for plum cake').action(async (id: string, words: string[], options: ProfileOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      const message = await findMessage(session, id);
      const kept = words.join(' ').trim() || null;
      await session.delivered(() => session.earshot.messages.keepWords(message.id, kept));
      output.result({ message: message.id, conversation: message.conversation, words: kept }, kept === null ? `Nothing is kept with ${message.id} any more.` : `Kept with ${message.id}: ${kept}`);
    });
  });
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
