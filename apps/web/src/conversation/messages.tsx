import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Conversation, ConversationChange, Message } from '@earshot/client/earshot.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Bubble } from './bubble.tsx';
import { ChangeLine } from './change-line.tsx';
import { titleOf } from './naming.ts';

/** The messages by day. Stays at the newest while one is there, and stays put while one looks further up. */
export function Messages({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, thread } = useApp();
  const messages = thread.messages.value;
  const changes = thread.changes.value;
  const room = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const height = useRef(0);
  const first = useRef<{ id: string; height: number } | null>(null);
  useLayoutEffect(() => {
    const box = room.current;
    if (!box || messages === undefined) return;
    const sought = messages.find(({ id }) => id === thread.sought.value?.id);
    const place = sought === undefined ? null : box.querySelector(`[data-message="${sought.id}"]`);
    // Of what was taken back meanwhile there is only a notice, which one is not led to.
    if (sought !== undefined) thread.shown();
    const top = messages[0]?.id ?? '';
    if (place !== null) {
      atEnd.current = false;
      place.scrollIntoView({ block: 'center' });
    }
    // Older ones were put above: what one was looking at must not move.
    else if (first.current && first.current.id !== top && !atEnd.current) box.scrollTop += box.scrollHeight - first.current.height;
    else if (atEnd.current) box.scrollTop = box.scrollHeight;
    first.current = { id: top, height: box.scrollHeight };
  }, [messages]);
  useLayoutEffect(() => {
    const box = room.current;
    if (!box) return;
    // The room shrinks when a panel opens below: the newest message stays in sight.
    const watcher = new ResizeObserver(() => {
      height.current = box.clientHeight;
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  return (
    <div class="scroll" ref={room} tabIndex={0} role="region" aria-label={words.t('conversation.messages')}
      onScroll={(event) => {
        const box = event.currentTarget;
        // The room itself has just become smaller: nobody looked further up.
        if (box.clientHeight !== height.current) return;
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
      }}>
      {messages === undefined ? null : messages.length + changes.length === 0 ? <NothingSaid conversation={conversation} /> : (
        <div class="thread">
          {thread.more.value ? <button type="button" class="button quiet" onClick={() => thread.older()}>{words.t('conversation.older')}</button> : null}
          <Days conversation={conversation} items={inOrder(messages, changes)} />
        </div>
      )}
    </div>
  );
}

/** What stands in the thread, by its number in the log; a message that has none yet comes last, what is in no log by its time. */
type Item = Message | ConversationChange;

function inOrder(messages: readonly Message[], changes: readonly ConversationChange[]): Item[] {
  const items: Item[] = [...changes.filter(({ seq }) => seq !== null), ...messages].sort((one, other) => (one.seq ?? Infinity) - (other.seq ?? Infinity) || 0);
  for (const change of changes.filter(({ seq }) => seq === null)) {
    const later = items.findIndex(({ time }) => time > change.time);
    items.splice(later < 0 ? items.length : later, 0, change);
  }
  return items;
}

function Days({ conversation, items }: { conversation: Conversation; items: readonly Item[] }): JSX.Element {
  const { words, clock } = useApp();
  const now = clock.now();
  const days: { title: string; items: Item[] }[] = [];
  for (const item of items) {
    const title = words.day(item.time, now);
    const last = days.at(-1);
    if (last?.title === title) last.items.push(item);
    else days.push({ title, items: [item] });
  }
  return (
    <>
      {days.map((day) => (
        <section key={day.title} aria-label={day.title}>
          <p class="day"><span>{day.title}</span></p>
          <ol class="messages">
            {day.items.map((item, index) => {
              if ('change' in item) return <ChangeLine key={`${item.seq ?? `${item.time} ${item.by}`} ${'why' in item.change ? item.change.why : item.change.what}`} conversation={conversation} change={item} />;
              const before = day.items[index - 1];
              return <Bubble key={item.id} conversation={conversation} message={item} follows={before !== undefined && 'from' in before && before.from === item.from} />;
            })}
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
      <AskDoctor page="gone" label="doctor.missing" />
    </div>
  );
}
