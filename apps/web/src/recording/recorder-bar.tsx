import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Conversation } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { lazily } from '../shell/lazily.tsx';
import { Icon } from '../shell/icons.tsx';
import { AttachButton } from '../files/attach.tsx';
import { MicrophoneSheet } from './microphone.tsx';
import { RecordButton } from './record-button.tsx';
import { RecordingLine } from './recording-line.tsx';
import { Fault, RecordingPanel } from './recording-panel.tsx';

const ExpiryChip = lazily(async () => (await import('../keeping/expiry-chip.tsx')).ExpiryChip);

/** The place to speak: one big button, and while a recording exists its panel above. Where nothing can be sent any more a recording is only looked after. */
export function RecorderBar({ conversation: talk }: { conversation: Conversation }): JSX.Element | null {
  const { recording, words } = useApp();
  const conversation = talk.id;
  const slide = useSignal<{ left: number; up: number } | null>(null);
  const elsewhere = recording.busy.value && recording.conversation.value !== conversation;
  if (elsewhere) return <RecordingLine />;
  const active = recording.phase.value !== 'idle';
  const closed = talk.closed !== null;
  if (closed && !active) return null;
  return (
    <section class={`recorder ${active ? 'active' : ''}`} aria-label={words.t('record.bar')} data-phase={recording.phase.value} onKeyDown={keys}>
      {active ? <RecordingPanel slide={slide} /> : <div class="fault"><Fault /></div>}
      <div class="controls">
        <div class="side">{active ? <DiscardButton /> : null}{active ? <PauseButton /> : <AttachButton conversation={conversation} />}</div>
        {closed ? <KeepButton /> : <RecordButton conversation={conversation} slide={slide} />}
        <div class="side">{active ? <ListenButton /> : null}<MicrophoneButton /></div>
      </div>
      <div class="hint-line small soft">
        {closed ? null : active || talk.expiry !== null || recording.lasts.value !== null ? <ExpiryChip conversation={talk} /> : null}
        <span class="cut">{active ? (recording.microphone.value ?? ' ') : words.t('record.hint')}</span>
      </div>
    </section>
  );

  /** Only while the focus is in here, so that no letter means something by accident elsewhere. */
  function keys(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || recording.phase.value === 'idle') return;
    const act = { Escape: recording.discard, p: recording.togglePause, l: recording.toggleListening }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

function KeepButton(): JSX.Element {
  const { recording, words } = useApp();
  return <button type="button" class="record" disabled={recording.phase.value === 'sending'} aria-label={words.t('record.keep')} onClick={() => recording.putAway()}><Icon name="check" size={32} /></button>;
}

function DiscardButton(): JSX.Element {
  const { recording, words } = useApp();
  return <button type="button" class="round" aria-label={words.t('record.discard')} onClick={() => recording.discard()}><Icon name="bin" /></button>;
}

function PauseButton(): JSX.Element {
  const { recording, words } = useApp();
  const running = recording.phase.value === 'recording' || recording.phase.value === 'starting';
  return (
    <button type="button" class="round" disabled={recording.phase.value === 'starting' || recording.phase.value === 'sending'} aria-label={words.t(running ? 'record.pause' : 'record.resume')} onClick={() => recording.togglePause()}>
      <Icon name={running ? 'pause' : 'microphone'} />
    </button>
  );
}

function ListenButton(): JSX.Element {
  const { recording, words } = useApp();
  const listening = recording.phase.value === 'listening' && recording.playing.value;
  return (
    <button type="button" class="round" disabled={recording.phase.value === 'starting' || recording.phase.value === 'sending'} aria-label={words.t(listening ? 'record.stopListening' : 'record.listen')} onClick={() => recording.toggleListening()}>
      <Icon name={listening ? 'pause' : 'play'} />
    </button>
  );
}

function MicrophoneButton(): JSX.Element {
  const { recording, words, sheets } = useApp();
  const name = recording.microphone.value ?? words.t('microphone.default');
  return <button type="button" class="round" aria-label={words.t('microphone.choose', { name })} onClick={() => sheets.open(() => <MicrophoneSheet />)}><Icon name="headphones" /></button>;
}
