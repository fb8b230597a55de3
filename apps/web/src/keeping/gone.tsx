import type { JSX } from 'preact';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import { WhereLink } from '../conversation/where-link.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import { goneSentence } from './gone-sentence.ts';

const DAY = 86_400_000;

/** In the place of a message that is gone: what it was, when and by which rule it went; and the way back, while there is one. */
export function Gone({ conversation, message }: { conversation: Conversation; message: Message }): JSX.Element {
  const { words, shelf, session, earshot, notices, clock } = useApp();
  const name = nameOf(conversation, message.from, shelf.people.value, words);
  const time = message.removed === null ? '' : words.since(message.removed.at, clock.now());
  const days = message.resting === null ? null : Math.max(1, Math.ceil((message.resting.until - earshot.now()) / DAY));
  return (
    <p class="gone">
      <Icon name={message.removed?.rule === 'expired' ? 'clock' : 'bin'} size={16} />
      <span class="grow">
        <span>{sayKeeping(words, goneSentence(message, session.who.value?.person), { name, time }).trim()}</span>
        {days === null ? <WhereLink message={message.id} /> : <span>{sayKeeping(words, days === 1 ? 'restsDay' : 'restsDays', { count: words.number(days) })}</span>}
      </span>
      {message.resting === null ? null : <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.messages.restore(message.id))}>{sayKeeping(words, 'bringBack')}</button>}
    </p>
  );
}
