import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { Asked } from '@earshot/client/earshot-recovery.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';

interface Open extends Asked {
  readonly about: Message;
}

/** What others of this conversation lost and ask for, which this person may still have. */
export function AskedCards({ conversation }: { conversation: Id }): JSX.Element | null {
  const { earshot, notices } = useApp();
  const open = useSignal<readonly Open[]>([]);
  useEffect(() => {
    const read = async (): Promise<void> => {
      const asked = (await earshot.recovery.asked()).filter((one) => one.conversation === conversation);
      const found = await Promise.all(asked.map(async (one) => ({ ...one, about: await earshot.messages.get(one.message) })));
      open.value = found.filter((one): one is Open => one.about !== null && one.about.removed === null && (one.about.mine || one.about.here));
    };
    void notices.attempt(read);
    return earshot.on((happening) => {
      if ((happening.type === 'asked' || happening.type === 'removed') && happening.conversation === conversation) void notices.attempt(read);
    });
  }, [conversation]);
  return open.value.length === 0 ? null : <>{open.value.map((one) => <AskedCard key={`${one.message} ${one.by}`} asked={one} />)}</>;
}

function AskedCard({ asked: { message, conversation, by, about } }: { asked: Open }): JSX.Element | null {
  const { words, shelf, earshot, notices } = useApp();
  const t = bringBackWords(words);
  const given = useSignal<boolean | null>(null);
  const where = shelf.find(conversation);
  if (where === undefined) return null;
  const name = nameOf(where, by, shelf.people.value, words);
  const give = async (): Promise<void> => {
    given.value = await earshot.recovery.answer(message);
  };
  return (
    <section class="card asked" aria-label={t('askedTitle', { name })}>
      <strong>{t('askedTitle', { name })}</strong>
      <span class="soft small">{t('askedFacts', { length: words.spokenLength(about.seconds), time: words.moment(about.time) })}</span>
      {given.value === null ? <button type="button" class="button primary" onClick={() => void notices.attempt(give)}>{t('give')}</button>
        : <p class="hint" role="status">{t(given.value ? 'given' : 'notGiven', { name })}</p>}
    </section>
  );
}
