import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, ConversationMember } from '@earshot/client/earshot.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { Words } from '../words/words.ts';

export function otherMember(conversation: Conversation, me: Id): ConversationMember | undefined {
  return conversation.kind === 'direct' ? conversation.members.find((member) => member.person !== me) : undefined;
}

export function titleOf(conversation: Conversation, me: Id, words: Words): string {
  switch (conversation.kind) {
    case 'self':
      return words.t('list.notes');
    case 'direct':
      return otherMember(conversation, me)?.name ?? words.t('conversation.unknown');
    case 'group': {
      if (conversation.title !== null) return conversation.title;
      const others = conversation.members.filter((member) => member.active && member.person !== me).map((member) => member.name);
      return others.length > 0 ? words.names(others) : words.t('conversation.group');
    }
  }
}

export function nameOf(conversation: Conversation | undefined, person: Id, people: readonly Person[], words: Words): string {
  return (
    conversation?.members.find((member) => member.person === person)?.name ??
    people.find((one) => one.id === person)?.name ??
    words.t('conversation.unknown')
  );
}
