import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import type { Asked } from '@earshot/client/earshot-recovery.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { bringBackWords } from '../words/bring-back-words.ts';

const GIVEN_STAYS = 8_000;

interface Open extends Asked {
  readonly about: Message;
}

/** What others of this conversation lost and ask for, which this person may still have. */
export function AskedCards({ conversation }: { conversation: Id }): JSX.Element | null {
  const { shelf, earshot, notices } = useApp();
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
  const where = shelf.find(conversation);
  return where === undefined ? null : <>{open.value.map((one) => <AskedCard key={`${one.message} ${one.by}`} asked={one} where={where} />)}</>;
}

function AskedCard({ asked: { message, by, about, giving }, where }: { asked: Open; where: Conversation }): JSX.Element {
  const { words, shelf, earshot, notices } = useApp();
  const t = bringBackWords(words);
  const state = useSignal<'open' | 'giving' | 'answered'>(giving ? 'giving' : 'open');
  const name = nameOf(where, by, shelf.people.value, words);
  const give = async (): Promise<void> => {
    const given = await earshot.recovery.answer(message);
    state.value = 'answered';
    // The card goes as soon as the answer comes back to this device.
    notices.show({ said: { type: 'text', text: t(given ? 'given' : 'notGiven', { name }) } }, GIVEN_STAYS);
  };
  const press = async (): Promise<void> => {
    state.value = 'giving';
    if (!(await notices.attempt(give))) state.value = 'open';
  };
  // Begun when the conversation was open before: what comes of it is seen here.
  useEffect(() => {
    if (giving) void press();
  }, []);
  return (
    <section class="card asked" aria-label={t('askedTitle', { name })}>
      <strong>{t('askedTitle', { name })}</strong>
      <span class="soft small">{t('askedFacts', { length: words.spokenLength(about.seconds), time: words.moment(about.time) })}</span>
      {state.value === 'answered' ? null : <button type="button" class="button primary" disabled={state.value === 'giving'} onClick={() => void press()}>{t(state.value === 'giving' ? 'giving' : 'give')}</button>}
    </section>
  );
}
