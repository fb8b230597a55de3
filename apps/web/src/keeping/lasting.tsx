import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import { isCountedDown, untilNextLook } from './countdown.ts';

/** Of a message that expires: when it goes, or who keeps it. */
export function Lasting({ conversation, message }: { conversation: Conversation; message: Message }): JSX.Element | null {
  const { words, shelf, session, earshot, notices } = useApp();
  const { expiry, keptFor } = message;
  if (expiry === null) return null;
  if (keptFor !== null) {
    const mine = keptFor.by === session.who.value?.person;
    return <p class="lasting small"><Icon name="check" size={18} /><span class="grow">{sayKeeping(words, mine ? 'keptMine' : 'kept', { name: nameOf(conversation, keptFor.by, shelf.people.value, words) })}</span></p>;
  }
  return (
    <p class="lasting small">
      <Icon name="clock" size={18} /><span class="grow numbers"><Goes message={message} seconds={expiry.seconds} /></span>
      {mayKeep(message) ? <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.messages.keep(message.id))}>{sayKeeping(words, 'keep')}</button> : null}
    </p>
  );
}

/** How long it is still there, by the server's clock: by it the message goes. */
function Goes({ message: { expires, mine }, seconds }: { message: Message; seconds: number }): JSX.Element {
  const { words, earshot } = useApp();
  const now = useSignal(earshot.now());
  useEffect(() => {
    if (expires === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      now.value = earshot.now();
      timer = setTimeout(look, untilNextLook(expires - now.value));
    };
    look();
    return () => clearTimeout(timer);
  }, [expires]);
  if (expires === null) return <>{seconds === 0 ? sayKeeping(words, mine ? 'goesOnceMine' : 'goesOnce') : sayKeeping(words, 'goesAfter', { span: words.span(seconds) })}</>;
  const left = expires - now.value;
  return <>{isCountedDown(left) ? sayKeeping(words, 'goesIn', { length: words.length(left / 1_000) }) : sayKeeping(words, 'goesAt', { time: words.since(expires, now.value) })}</>;
}

/** Who said that it may be heard once decides alone whether it stays. */
export function mayKeep({ expiry, keptFor, removed, failure, mine, seq }: Message): boolean {
  return failure?.code !== 'key.vanished' && expiry !== null && keptFor === null && removed === null && seq !== null && (mine || expiry.seconds > 0);
}
