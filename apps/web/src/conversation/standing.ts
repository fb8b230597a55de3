import type { Conversation, Message, Recipient } from '@earshot/client/earshot.ts';
import type { WordKey } from '../words/en.ts';
import type { Words } from '../words/words.ts';

/** Why a message of one's own has not arrived, in one line; null when it has, or when it is simply on its way. */
export function standingSentence(message: Message, conversation: Conversation, words: Words, now: number): string | null {
  const waiting = message.recipients.filter(({ stands }) => stands !== null);
  const [first] = waiting;
  if (first === undefined) return null;
  const nameOf = ({ person }: Recipient): string => conversation.members.find((one) => one.person === person)?.name ?? words.t('conversation.unknown');
  if (waiting.length > 1) return words.t('stands.several', { names: words.names(waiting.map(nameOf)) });
  return standsFor(first, nameOf(first), words, now);
}

/** What stands in the way of one person; null when nothing is known to. */
export function standsFor({ stands }: Recipient, name: string, words: Words, now: number): string | null {
  if (stands === null) return null;
  const key = `stands.${stands.code}`;
  return isWord(key) ? words.t(key, { name, time: words.since(Number(stands.evidence['since'] ?? 0), now) }) : words.failure(stands.code).cause;
}

const said: ReadonlySet<string> = new Set<WordKey>(['stands.recipient.no-device', 'stands.recipient.away', 'stands.recipient.storage', 'stands.recipient.version', 'stands.recipient.damaged']);

function isWord(key: string): key is WordKey {
  return said.has(key);
}
