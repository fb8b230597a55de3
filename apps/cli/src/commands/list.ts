import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { spokenLength } from '@earshot/client/saving/file-name.ts';
import { resolveConversation } from '../names/resolve.ts';
import { writeTerm } from '../names/term.ts';
import type { JsonLine } from '../output/output.ts';
import { examples, withProfile, type Stage } from '../perform.ts';
import { openSession, type ProfileOptions, type Session } from '../profile/session.node.ts';
import { conversationName } from './conversations.ts';

interface ListOptions extends ProfileOptions {
  readonly conversation?: string;
  readonly limit: number;
  readonly unheard?: true;
}

export function defineList(program: Command, stage: Stage): void {
  const command = withProfile(program.command('list'))
    .description('list messages, oldest first')
    .option('--conversation <name>', 'only of this person, group or conversation')
    .option('--limit <n>', 'the newest n of each conversation', wholeNumber, 50)
    .option('--unheard', 'only those of others that you have not heard');
  examples(command, 'earshot list --unheard', 'earshot list --conversation ben --limit 5 --json').action(async (options: ListOptions) => {
    await stage.perform(options, async (output) => {
      await using session = await openSession(stage.context, options);
      await session.fresh(output);
      for (const message of await messagesOf(session, options)) {
        const { line, text } = await describeMessage(session, message);
        output.result(line, text);
      }
    });
  });
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
}

async function messagesOf(session: Session, { conversation, limit, unheard }: ListOptions): Promise<Message[]> {
  const wanted = conversation === undefined ? null : await session.find((known) => resolveConversation(conversation, known));
  const conversations = (await session.earshot.conversations.list()).filter(({ id }) => wanted === null || id === wanted);
  const lists = await Promise.all(conversations.map(({ id }) => session.earshot.messages.list(id, { limit })));
  return lists
    .flat()
    .filter((message) => unheard !== true || (!message.heard && !message.mine && message.removed === null && message.resting === null))
    .sort((one, other) => one.time - other.time);
}

/** A message as `list` and `outbox` show it. */
export async function describeMessage(session: Session, message: Message): Promise<{ line: JsonLine; text: string }> {
  const { id, conversation, time, mine, seconds, sha256, fileName, heard, here, words, forwarded, removed, resting, failure } = message;
  const [{ person }, where] = await Promise.all([session.me(), session.earshot.conversations.get(conversation)]);
  const fromName = nameOf(message.from, where);
  const state = removed === null ? message.state.at : 'removed';
  const line = {
    message: id, conversation, conversationName: where === null ? null : conversationName(where, person),
    from: message.from, fromName, mine, time, seconds, sha256, state, heard, here, fileName, words, forwarded, failure: failure?.code ?? null,
    expiry: message.expiry?.seconds ?? null, expires: message.expires, keptFor: message.keptFor, removed, resting,
    deliveredTo: message.deliveredTo, heardBy: message.heardBy,
    recipients: message.recipients.map(({ stands, ...rest }) => ({ ...rest, stands: stands?.code ?? null })),
  };
  const mark = removed !== null ? ruleWords[removed.rule] : resting !== null ? 'deleted for you' : mine ? state : heard ? 'heard' : 'new';
  return { line, text: `${id}  ${new Date(time).toLocaleString()}  ${fromName} in ${line.conversationName ?? conversation}  ${seconds === 0 ? '' : `${spokenLength(seconds)}  `}${mark}${keepingText(message, where)}` };
}

/** Which rule took a message. */
export const ruleWords: { readonly [rule in NonNullable<Message['removed']>['rule']]: string } = { removed: 'taken back', expired: 'expired', 'let-go': 'let go', 'account-deleted': 'account deleted' };

/** How long it stays, where it does not stay anyway. */
function keepingText({ expiry, expires, keptFor, removed }: Message, where: Conversation | null): string {
  if (expiry === null || removed !== null) return '';
  if (keptFor !== null) return `  kept by ${nameOf(keptFor.by, where)}`;
  if (expires !== null) return `  expires ${new Date(expires).toLocaleString()}`;
  return expiry.seconds === 0 ? '  can be heard once' : `  expires ${writeTerm(expiry.seconds)} after it was heard`;
}

export function nameOf(person: string, conversation: Conversation | null): string {
  return conversation?.members.find((member) => member.person === person)?.name ?? person;
}
