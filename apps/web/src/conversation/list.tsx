import type { JSX } from 'preact';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Portrait } from '../shell/common.tsx';
import { Link } from '../shell/link.tsx';
import { Icon, Mark } from '../shell/icons.tsx';
import { nameOf, otherMember, titleOf } from './naming.ts';
import { StateIcon } from './message-state.tsx';
import { lazily } from '../shell/lazily.tsx';

const NewConversationSheet = lazily(async () => (await import('../people/new-conversation.tsx')).NewConversationSheet);
const InviteSheet = lazily(async () => (await import('../people/invite.tsx')).InviteSheet);

/** All conversations, the newest first, one's own notes above them. */
export function ListView(): JSX.Element {
  const { words, shelf, sheets } = useApp();
  const all = shelf.conversations.value;
  return (
    <nav class="column aside" aria-label={words.t('list.title')}>
      <header class="head">
        <h1>{words.t('app.name')}</h1>
        <button type="button" class="round" aria-label={words.t('list.new')} onClick={() => sheets.open(() => <NewConversationSheet />)}><Icon name="plus" /></button>
        <Link to={{ at: 'gallery', id: null }} class="round" aria-label={words.t('list.gallery')}><Icon name="seek" /></Link>
        <Link to={{ at: 'settings' }} class="round" aria-label={words.t('list.settings')}><Icon name="gear" /></Link>
      </header>
      <div class="scroll">
        <ul class="talks">
          {(all ?? []).map((conversation) => <li key={conversation.id}><Talk conversation={conversation} /></li>)}
        </ul>
        {all !== undefined && all.every((one) => one.kind === 'self') ? <QuietSoFar /> : null}
      </div>
      <footer class="doctor-foot"><AskDoctor page="microphone" label="doctor.test" /><AskDoctor label="doctor.wrong" /></footer>
    </nav>
  );
}

function QuietSoFar(): JSX.Element {
  const { words, sheets } = useApp();
  return (
    <div class="empty">
      <Mark size={72} />
      <h2>{words.t('list.emptyTitle')}</h2>
      <p>{words.t('list.emptyText')}</p>
      <button type="button" class="button primary" onClick={() => sheets.open(() => <InviteSheet />)}>{words.t('new.invite')}</button>
      <AskDoctor page="gone" label="doctor.missing" />
    </div>
  );
}

function Talk({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, session, router, clock, recording, elsewhere } = useApp();
  const me = session.who.value?.person ?? '';
  const title = titleOf(conversation, me, words);
  const route = router.route.value;
  const here = route.at === 'conversation' && route.id === conversation.id;
  const speaking = recording.conversation.value === conversation.id && recording.phase.value === 'recording';
  const drafts = [...recording.drafts.value, ...elsewhere.drafts.value];
  const kept = drafts.some((draft) => draft.conversation === conversation.id) || (recording.conversation.value === conversation.id && recording.phase.value !== 'starting');
  return (
    <Link to={{ at: 'conversation', id: conversation.id }} class={`talk ${conversation.unheard > 0 ? 'fresh' : ''} ${conversation.muted ? 'muted' : ''}`} aria-current={here ? 'page' : 'false'}>
      {conversation.kind === 'self' ? <span class="row-icon"><Icon name="note" /></span> : <Portrait id={otherMember(conversation, me)?.person ?? conversation.id} name={title} />}
      <span class="talk-text">
        <span class="talk-line">
          <strong class="cut grow">{title}</strong>
          {conversation.muted ? <span class="soft" title={words.t('list.muted')}><Icon name="mute" size={16} /><span class="hidden">{words.t('list.muted')}</span></span> : null}
          {conversation.last ? <time class="soft small numbers">{words.brief(conversation.last.time, clock.now())}</time> : null}
        </span>
        <span class="talk-line soft small">
          <span class="cut grow talk-last">{kept ? <span class="kept">{words.t(speaking ? 'record.recording' : 'list.draft')}</span> : <LastWords conversation={conversation} last={conversation.last} me={me} />}</span>
          {conversation.unheard > 0 ? <span class="badge numbers"><span aria-hidden="true">{words.number(conversation.unheard)}</span><span class="hidden">{words.t('list.unheard', { count: conversation.unheard })}</span></span> : null}
        </span>
      </span>
    </Link>
  );
}

function LastWords({ conversation, last, me }: { conversation: Conversation; last: Message | null; me: string }): JSX.Element {
  const { words, shelf } = useApp();
  if (last === null) return <>{words.t(conversation.kind === 'self' ? 'list.notesHint' : 'list.noMessages')}</>;
  const name = last.from === me ? words.t('list.you') : nameOf(conversation, last.from, shelf.people.value, words);
  return (
    <>
      {last.mine && conversation.kind !== 'self' && last.removed === null ? <StateIcon state={last.state} size={16} /> : <Icon name="microphone" size={16} />}
      {conversation.kind === 'group' || last.mine ? <span class="cut">{name}</span> : null}
      <span class="numbers">{words.length(last.seconds)}</span>
    </>
  );
}
