import type { JSX } from 'preact';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { sayKeeping } from '../words/keeping-words.ts';

/** Of a message that expires: when it goes, or who keeps it. */
export function Lasting({ conversation, message }: { conversation: Conversation; message: Message }): JSX.Element | null {
  const { words, shelf, session, earshot, notices, clock } = useApp();
  const { expiry, expires, keptFor } = message;
  if (expiry === null) return null;
  if (keptFor !== null) {
    const mine = keptFor.by === session.who.value?.person;
    return <p class="lasting small soft"><Icon name="check" size={16} />{sayKeeping(words, mine ? 'keptMine' : 'kept', { name: nameOf(conversation, keptFor.by, shelf.people.value, words) })}</p>;
  }
  const goes = expires !== null ? sayKeeping(words, 'goesAt', { time: words.since(expires, clock.now()) }) : expiry.seconds === 0 ? sayKeeping(words, 'goesOnce') : sayKeeping(words, 'goesAfter', { span: words.span(expiry.seconds) });
  return (
    <p class="lasting small soft">
      <Icon name="clock" size={16} /><span class="grow">{goes}</span>
      {mayKeep(message) ? <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.messages.keep(message.id))}>{sayKeeping(words, 'keep')}</button> : null}
    </p>
  );
}

/** Who said that it may be heard once decides alone whether it stays. */
export function mayKeep({ expiry, keptFor, removed, mine, seq }: Message): boolean {
  return expiry !== null && keptFor === null && removed === null && seq !== null && (mine || expiry.seconds > 0);
}
