import type { JSX } from 'preact';
import { titleOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Link } from '../shell/link.tsx';

/** Where the recorder's own bar is not: that there is a recording, for whom, and the way to it. */
export function RecordingLine(): JSX.Element | null {
  const { recording, session, shelf, words } = useApp();
  const id = recording.conversation.value;
  if (!recording.busy.value || id === null) return null;
  const conversation = shelf.find(id);
  const name = conversation === undefined ? words.t('conversation.unknown') : titleOf(conversation, session.who.value?.person ?? '', words);
  const phase = recording.phase.value;
  const running = phase === 'recording' || phase === 'starting';
  return (
    <section class="recorder elsewhere" aria-label={words.t('record.bar')}>
      <span class={`lamp ${running ? 'on' : ''}`} />
      <p class="small grow">{words.t(running ? 'record.runs' : 'record.waits', { name })}</p>
      <Link to={{ at: 'conversation', id }} class="button">{words.t('record.goThere')}</Link>
    </section>
  );
}
