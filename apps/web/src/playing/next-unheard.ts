import type { Id } from '@earshot/base/ids.ts';
import type { FindQuery } from '@earshot/client/earshot-finding.ts';
import type { Message, MessagesFace } from '@earshot/client/earshot.ts';

/**
 * The first message after this one, else the oldest of its conversation, that others spoke, this person has not heard, can be heard, and
 * had no turn. However many there are, no more of them are read than it takes to come to that one.
 */
export async function nextUnheard(messages: Pick<MessagesFace, 'find'>, { conversation, time }: Message, turns: ReadonlySet<Id>): Promise<Message | undefined> {
  const oldest: FindQuery = { conversation, unheard: true, oldestFirst: true };
  return (await first(messages, { ...oldest, after: time }, turns)) ?? (await first(messages, oldest, turns));
}

async function first(messages: Pick<MessagesFace, 'find'>, query: FindQuery, turns: ReadonlySet<Id>): Promise<Message | undefined> {
  let page = await messages.find(query);
  for (;;) {
    const found = page.messages.find(({ id, failure }) => failure === null && !turns.has(id));
    if (found !== undefined || page.more === null) return found;
    page = await messages.find({ ...query, cursor: page.more });
  }
}
