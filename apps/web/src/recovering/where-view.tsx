import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import type { Found } from '@earshot/client/earshot-recovery.ts';
import { useMessage } from '../conversation/details.tsx';
import { nameOf, otherMember } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { bringBackWords, type BringBackWords } from '../words/bring-back-words.ts';
import { keptBackups } from './kept-backups.ts';
import { RestoreParts } from './restore-parts.tsx';

/** A message whose sound is missing: the places where it could still be, and bringing it back from there. */
export function WhereView({ id }: { id: Id }): JSX.Element {
  const { words, router, shelf } = useApp();
  const t = bringBackWords(words);
  const message = useMessage(id);
  const conversation = message === null ? undefined : shelf.find(message.conversation);
  return (
    <main class="column main" id="content">
      <header class="head">
        <button type="button" class="round" aria-label={words.t('do.back')} onClick={() => router.back()}><Icon name="back" /></button>
        <h1>{t('whereTitle')}</h1>
      </header>
      <div class="scroll" tabIndex={-1}>
        {message === null || conversation === undefined ? null : <div class="settings"><Search message={message} conversation={conversation} t={t} /></div>}
      </div>
    </main>
  );
}

interface SearchProps {
  readonly message: Message;
  readonly conversation: Conversation;
  readonly t: BringBackWords;
}

function Search({ message, conversation, t }: SearchProps): JSX.Element {
  const { words, shelf, session, earshot, notices } = useApp();
  const person = session.who.value?.person ?? '';
  const found = useSignal<readonly Found[]>([]);
  const state = useSignal<'idle' | 'looking' | 'nowhere'>('idle');
  const look = async (): Promise<void> => {
    found.value = await earshot.recovery.where(message.id, await keptBackups(earshot.recovery, person));
  };
  useEffect(() => {
    void notices.attempt(look);
    return earshot.on((happening) => {
      if (happening.type === 'asked' && happening.message === message.id) void notices.attempt(look);
    });
  }, [message.id, message.here]);
  const bring = async (): Promise<void> => {
    state.value = 'looking';
    const place = await keptBackups(earshot.recovery, person).then((backups) => earshot.recovery.fetch(message.id, backups)).finally(() => (state.value = 'idle'));
    state.value = place === null ? 'nowhere' : 'idle';
    await look();
  };
  // A notice, and nothing that rests: what was removed on purpose comes by name out of a backup only, and what expired is in none.
  const gone = message.resting === null ? message.removed : null;
  const expired = gone?.rule === 'expired';
  const told = { name: nameOf(conversation, message.from, shelf.people.value, words), time: words.moment(message.time) };
  const places = found.value.filter(({ place }) => gone === null || (place === 'backup' && !expired));
  return (
    <>
      <section class="card">
        <p>{message.seconds === 0 ? t('whereLeadGone', told) : t('whereLead', { ...told, length: words.spokenLength(message.seconds) })}</p>
        <ul class="places">{places.map((one) => <PlaceLine key={one.place} found={one} t={t} />)}</ul>
        {gone !== null || message.here ? <p class="hint" role="status">{t(gone === null ? 'whereHere' : expired ? 'whereExpired' : 'whereRemoved')}</p> : (
          <button type="button" class="button primary wide" disabled={state.value === 'looking'} onClick={() => void notices.attempt(bring)}>{t(state.value === 'looking' ? 'looking' : 'tryAll')}</button>
        )}
        {state.value === 'nowhere' && !message.here && gone === null ? <p class="problem" role="alert">{t('nowhere')}</p> : null}
        {message.here || message.removed !== null || conversation.kind === 'self' || conversation.closed !== null ? null : <AskOthers message={message} conversation={conversation} t={t} />}
      </section>
      {message.here || expired ? null : <section class="card"><h2>{t('lookInBackup')}</h2><RestoreParts message={message.id} /></section>}
    </>
  );
}

function PlaceLine({ found: { place, state, until }, t }: { found: Found; t: BringBackWords }): JSX.Element {
  const { words } = useApp();
  return (
    <li data-place={place} data-state={state}>
      <Icon name={state === 'has' ? 'check' : state === 'unknown' ? 'clock' : 'close'} size={18} />
      <span class="grow">{t(`place_${place}`)}</span>
      <span class="soft small">{t(`state_${state}`)}{until === null ? '' : `, ${t('until', { time: words.moment(until) })}`}</span>
    </li>
  );
}

function AskOthers({ message, conversation, t }: SearchProps): JSX.Element {
  const { words, shelf, session, earshot, notices } = useApp();
  const asked = useSignal(false);
  const other = otherMember(conversation, session.who.value?.person ?? '');
  const ask = async (): Promise<void> => {
    await earshot.recovery.askFor(message.id);
    asked.value = true;
  };
  if (asked.value) return <p class="hint" role="status">{t('askedNow')}</p>;
  const label = conversation.kind === 'direct' && other !== undefined ? t('askOne', { name: nameOf(conversation, other.person, shelf.people.value, words) }) : t('askAll');
  return <button type="button" class="button wide" onClick={() => void notices.attempt(ask)}>{label}</button>;
}
