import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation } from '@earshot/client/earshot.ts';
import { ImportBar } from '../files/import-bar.tsx';
import { RecorderBar } from '../recording/recorder-bar.tsx';
import { RecordingLine } from '../recording/recording-line.tsx';
import { DraftCards } from '../recording/draft-card.tsx';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Portrait } from '../shell/common.tsx';
import { Connection } from '../shell/connection.tsx';
import { Icon, Mark } from '../shell/icons.tsx';
import { Link } from '../shell/link.tsx';
import { Snack } from '../shell/snack.tsx';
import { WakingQuestion } from '../waking/waking-card.tsx';
import { useInSight } from '../waking/use-in-sight.ts';
import { MiniPlayer } from '../playing/mini-player.tsx';
import { Messages } from './messages.tsx';
import { otherMember, titleOf } from './naming.ts';
import { lazily } from '../shell/lazily.tsx';

const AskedCards = lazily(async () => (await import('../recovering/asked-cards.tsx')).AskedCards);
const AboutSheet = lazily(async () => (await import('../people/about.tsx')).AboutSheet);

/** One conversation: what was said, and the place to say something. */
export function ConversationView({ id }: { id: Id }): JSX.Element {
  const { shelf, thread, importing } = useApp();
  const over = useSignal(false);
  useEffect(() => {
    thread.open(id);
    return () => thread.open(null);
  }, [id]);
  useInSight(id);
  const conversation = shelf.find(id);
  const takes = conversation !== undefined && conversation.closed === null;
  return (
    <main class={`column main ${over.value ? 'dropping' : ''}`} id="content"
      onDragOver={(event) => {
        if (!takes || event.dataTransfer?.types.includes('Files') !== true) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target || !event.currentTarget.contains(event.relatedTarget as Node | null)) over.value = false;
      }}
      onDrop={(event) => {
        over.value = false;
        if (!takes || !event.dataTransfer) return;
        event.preventDefault();
        importing.offer(id, [...event.dataTransfer.files]);
      }}>
      <Head id={id} conversation={conversation} />
      <MiniPlayer />
      <Connection />
      {conversation === undefined ? <Missing /> : <Inside conversation={conversation} />}
      <DropHint shown={over.value} />
    </main>
  );
}

function Head({ id, conversation }: { id: Id; conversation: Conversation | undefined }): JSX.Element {
  const { words, router, session, sheets } = useApp();
  const me = session.who.value?.person ?? '';
  const title = conversation ? titleOf(conversation, me, words) : '';
  const other = conversation && otherMember(conversation, me);
  return (
    <header class="head">
      <button type="button" class="round phone-only" aria-label={words.t('conversation.back')} onClick={() => router.back()}><Icon name="back" /></button>
      {conversation && conversation.kind !== 'self' ? (
        <h1 class="head-room">
          <button type="button" class="head-who" onClick={() => sheets.open(() => <AboutSheet id={id} />)}>
            <Portrait id={other?.person ?? id} name={title} size="small" />
            <span class="grow"><strong class="cut">{title}</strong>{conversation.kind === 'group' ? <span class="soft small">{words.t('conversation.members', { count: conversation.members.filter((one) => one.active).length })}</span> : null}</span>
            <span class="hidden">{words.t('conversation.details')}</span>
          </button>
        </h1>
      ) : <h1 class="cut">{title}</h1>}
      {conversation === undefined ? null : <Link to={{ at: 'gallery', id }} class="round" aria-label={words.t('list.gallery')}><Icon name="seek" /></Link>}
    </header>
  );
}

function Inside({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, session } = useApp();
  const me = session.who.value?.person ?? '';
  return (
    <>
      <Messages conversation={conversation} />
      <Snack />
      {conversation.closed === null ? (
        <div class="speak-room">
          <AskedCards conversation={conversation.id} />
          <WakingQuestion />
          <DraftCards conversation={conversation.id} />
          <ImportBar conversation={conversation.id} />
          <RecorderBar conversation={conversation} />
        </div>
      ) : (
        <div class="speak-room">
          <div class="closed soft">
            <DraftCards conversation={conversation.id} />
            <ImportBar conversation={conversation.id} />
            <p>{words.t(`conversation.closed.${conversation.closed}`, { name: titleOf(conversation, me, words) })}</p>
          </div>
          <RecorderBar conversation={conversation} />
        </div>
      )}
    </>
  );
}

function Missing(): JSX.Element {
  const { words, shelf } = useApp();
  return (
    <>
      <div class="empty grow">{shelf.conversations.value === undefined ? null : <><p>{words.t('conversation.missing')}</p><AskDoctor page="gone" label="doctor.missing" /></>}</div>
      <RecordingLine />
    </>
  );
}

function DropHint({ shown }: { shown: boolean }): JSX.Element | null {
  const { words } = useApp();
  return shown ? <div class="drop-hint"><Icon name="clip" size={40} /><p>{words.t('conversation.drop')}</p></div> : null;
}

/** What a wide screen shows beside the list while no conversation is open. */
export function NoConversation(): JSX.Element {
  const { words } = useApp();
  return (
    <aside class="column main" aria-label={words.t('welcome.title')}>
      <MiniPlayer />
      <div class="empty grow">
        <Mark size={80} />
        <h2>{words.t('welcome.title')}</h2>
        <p>{words.t('welcome.text')}</p>
        <AskDoctor page="microphone" label="doctor.test" />
      </div>
    </aside>
  );
}
