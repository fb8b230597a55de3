import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Bubble } from './bubble.tsx';
import { titleOf } from './shelf.ts';

/** The messages by day. Stays at the newest while one is there, and stays put while one looks further up. */
export function Messages({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, thread } = useApp();
  const messages = thread.messages.value;
  const room = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const first = useRef<{ id: string; height: number } | null>(null);
  useLayoutEffect(() => {
    const box = room.current;
    if (!box || messages === undefined) return;
    const top = messages[0]?.id ?? '';
    // Older ones were put above: what one was looking at must not move.
    if (first.current && first.current.id !== top && !atEnd.current) box.scrollTop += box.scrollHeight - first.current.height;
    else if (atEnd.current) box.scrollTop = box.scrollHeight;
    first.current = { id: top, height: box.scrollHeight };
  }, [messages]);
  useLayoutEffect(() => {
    const box = room.current;
    if (!box) return;
    // The room shrinks when a panel opens below: the newest message stays in sight.
    const watcher = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  return (
    <div class="scroll" ref={room} tabIndex={0} role="region" aria-label={words.t('conversation.messages')}
      onScroll={(event) => {
        const box = event.currentTarget;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
      }}>
      {messages === undefined ? null : messages.length === 0 ? <NothingSaid conversation={conversation} /> : (
        <div class="thread">
          {thread.more.value ? <button type="button" class="button quiet" onClick={() => thread.older()}>{words.t('conversation.older')}</button> : null}
          <Days conversation={conversation} messages={messages} />
        </div>
      )}
    </div>
  );
}

function Days({ conversation, messages }: { conversation: Conversation; messages: readonly Message[] }): JSX.Element {
  const { words, clock } = useApp();
  const now = clock.now();
  const days: { title: string; messages: Message[] }[] = [];
  for (const message of messages) {
    const title = words.day(message.time, now);
    const last = days.at(-1);
    if (last?.title === title) last.messages.push(message);
    else days.push({ title, messages: [message] });
  }
  return (
    <>
      {days.map((day) => (
        <section key={day.title} aria-label={day.title}>
          <p class="day"><span>{day.title}</span></p>
          <ol class="messages">
            {day.messages.map((message, index) => (
              <Bubble key={message.id} conversation={conversation} message={message} follows={day.messages[index - 1]?.from === message.from} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function NothingSaid({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, session } = useApp();
  const notes = conversation.kind === 'self';
  const name = titleOf(conversation, session.who.value?.person ?? '', words);
  return (
    <div class="empty full">
      <Icon name={notes ? 'note' : 'microphone'} size={56} />
      <h2>{notes ? words.t('conversation.notesTitle') : words.t('conversation.emptyTitle', { name })}</h2>
      <p>{words.t(notes ? 'conversation.notesText' : 'conversation.emptyText')}</p>
    </div>
  );
}
