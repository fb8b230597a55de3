import type { JSX } from 'preact';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Portrait, Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { SeekBar } from '../playing/waveform.tsx';
import { StateIcon } from './message-state.tsx';
import { nameOf } from './naming.ts';
import { stateSentence } from './state-sentence.ts';
import { WhereLink } from './where-link.tsx';
import { standingSentence } from './standing.ts';
import { lazily } from '../shell/lazily.tsx';

const DetailsSheet = lazily(async () => (await import('./details.tsx')).DetailsSheet);
const Gone = lazily(async () => (await import('../keeping/gone.tsx')).Gone);
const Lasting = lazily(async () => (await import('../keeping/lasting.tsx')).Lasting);
const MessageSheet = lazily(async () => (await import('./message-sheet.tsx')).MessageSheet);

interface BubbleProps {
  readonly conversation: Conversation;
  readonly message: Message;
  /** Whether it follows one of the same person: then the name need not be said again. */
  readonly follows: boolean;
}

/** One message: who, the voice itself, how long, when, and where it is. */
export function Bubble({ conversation, message, follows }: BubbleProps): JSX.Element {
  const { words, shelf, player } = useApp();
  const name = nameOf(conversation, message.from, shelf.people.value, words);
  const time = words.time(message.time);
  if (message.removed !== null || message.resting !== null) return <li class={`message ${message.mine ? 'mine' : ''} ${follows ? 'follows' : ''}`}><Gone conversation={conversation} message={message} /></li>;
  const spoken = { name, length: words.spokenLength(message.seconds), time };
  const fresh = !message.mine && !message.heard && !isSealedOff(message);
  const playing = player.track.value?.id === message.id;
  const shown = player.failure.value?.message === message.id ? player.failure.value : message.failure;
  return (
    <li class={`message ${message.mine ? 'mine' : ''} ${follows ? 'follows' : ''} ${fresh ? 'fresh' : ''} ${playing ? 'playing' : ''}`} data-message={message.id} data-state={message.state.at}>
      {conversation.kind === 'group' && !message.mine ? <span class="who">{follows ? null : <Portrait id={message.from} name={name} size="small" />}</span> : null}
      <article class="bubble" aria-label={words.t(message.mine ? 'message.mine' : 'message.voiceFrom', spoken)}>
        {conversation.kind === 'group' && !message.mine && !follows ? <strong class="small cut">{name}</strong> : null}
        {message.forwarded === null ? null : <span class="small soft cut">{words.t(message.forwarded.said === null ? 'message.forwarded' : 'message.forwardedFrom', { name: nameOf(conversation, message.forwarded.said?.by ?? '', shelf.people.value, words) })}</span>}
        {message.fileName === null ? null : <span class="small soft cut">{words.t('message.file', { name: message.fileName })}</span>}
        {isSealedOff(message) ? null : <Voice message={message} />}
        <Foot conversation={conversation} message={message} time={time} />
        {shown === null ? null : <><Problem code={shown.code} evidence={shown.evidence} />{isSealedOff(message) ? null : <WhereLink message={message.id} />}</>}
        <StateLine conversation={conversation} message={message} />
        {message.expiry === null ? null : <Lasting conversation={conversation} message={message} />}
      </article>
    </li>
  );
}

/** It was for the devices that were there when it was said: there is nothing to play on this one, and nobody to ask. */
function isSealedOff({ failure }: Message): boolean {
  return failure?.code === 'key.vanished';
}

function Voice({ message }: { message: Message }): JSX.Element {
  const { words, player } = useApp();
  const current = player.track.value?.id === message.id;
  const state = current ? player.state.value : 'idle';
  const position = current ? player.position.value : 0;
  return (
    <div class="voice">
      <button type="button" class={`round play ${state === 'fetching' ? 'fetching' : ''}`} aria-label={words.t(state === 'playing' ? 'message.pause' : state === 'fetching' ? 'message.fetching' : 'message.play')} onClick={() => player.toggle(message)}>
        <Icon name={state === 'playing' || state === 'fetching' ? 'pause' : 'play'} />
      </button>
      <SeekBar peaks={message.waveform} count={44} share={message.seconds > 0 ? Math.min(1, position / message.seconds) : 0} position={position} seconds={message.seconds}
        label={words.t('message.seek')} onSeek={(seconds) => player.seek(message, seconds)} />
    </div>
  );
}

function Foot({ conversation, message, time }: { conversation: Conversation; message: Message; time: string }): JSX.Element {
  const { words, player, sheets } = useApp();
  const current = player.track.value?.id === message.id;
  const length = current && player.state.value !== 'idle' ? words.length(player.position.value) : words.length(message.seconds);
  return (
    <div class="foot small numbers">
      <span class="length">{isSealedOff(message) ? '' : length}</span>
      {!message.mine && !message.heard && !isSealedOff(message) ? <span class="dot"><span class="hidden">{words.t('message.unheard')}</span></span> : null}
      <span class="grow" />
      <time>{time}</time>
      {message.mine && conversation.kind !== 'self' ? (
        <button type="button" class="state-button" aria-label={words.t('state.details', { state: words.t(`state.${message.state.at}`) })} onClick={() => sheets.open(() => <DetailsSheet id={message.id} />)}>
          <StateIcon state={message.state} />
        </button>
      ) : null}
      <button type="button" class="state-button" aria-label={words.t('message.options')} onClick={() => sheets.open(() => <MessageSheet id={message.id} />)}><Icon name="more" size={18} /></button>
    </div>
  );
}

function StateLine({ conversation, message }: { conversation: Conversation; message: Message }): JSX.Element | null {
  const { words, earshot, notices, clock } = useApp();
  const sentence = message.mine ? (stateSentence(message.state, words, clock.now()) ?? standingSentence(message, conversation, words, clock.now())) : null;
  if (sentence === null) return null;
  return (
    <p class={`state-line small ${message.state.at}`} role="status">
      {sentence}
      {message.state.at === 'sending' && message.state.waiting !== null ? <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.outgoing.tryNow())}>{words.t('details.tryNow')}</button> : null}
      {message.state.at === 'set-aside' ? <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.outgoing.retry(message.id))}>{words.t('menu.retry')}</button> : null}
      <AskDoctor code={codeOf(message)} />
    </p>
  );
}

/** What a message stands still for; null when nobody knows yet. */
function codeOf({ state, recipients }: Message): FailureCode | null {
  if (state.at === 'set-aside') return state.code;
  if (state.at === 'sending') return state.waiting?.code ?? null;
  return recipients.find(({ stands }) => stands !== null)?.stands?.code ?? null;
}
