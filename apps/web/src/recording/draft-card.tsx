import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import { useApp } from '../shell/app.ts';
import { Waveform } from '../playing/waveform.tsx';
import { Icon } from '../shell/icons.tsx';
import type { Draft } from './recording.ts';
import { stopSentence } from './stop.ts';

/** Recordings of this conversation that were not sent: after a crash, a reload, a closed tab. */
export function DraftCards({ conversation }: { conversation: Id }): JSX.Element {
  const { recording } = useApp();
  const drafts = recording.drafts.value.filter((draft) => draft.conversation === conversation);
  return <>{drafts.map((draft) => <DraftCard key={draft.take} draft={draft} />)}</>;
}

function DraftCard({ draft }: { draft: Draft }): JSX.Element {
  const { recording, words, clock } = useApp();
  const kept = words.t('draft.kept', { length: words.length(draft.seconds), time: words.brief(draft.started, clock.now()) });
  const busy = recording.busy.value;
  return (
    <section class="draft" aria-label={kept} data-take={draft.take}>
      <div class="draft-head"><Icon name="microphone" size={20} /><p><strong>{kept}</strong></p></div>
      {draft.why === null ? null : <p class="small">{stopSentence(draft.why, words)}</p>}
      <div class="draft-wave"><Waveform peaks={draft.peaks} count={72} share={0} /></div>
      <div class="draft-actions">
        <button type="button" class="button" disabled={busy} onClick={() => recording.continueDraft(draft)}>{words.t('draft.continue')}</button>
        <button type="button" class="button" disabled={busy} onClick={() => recording.listenToDraft(draft)}>{words.t('draft.listen')}</button>
        <button type="button" class="button" disabled={busy} onClick={() => recording.discardDraft(draft)}>{words.t('draft.discard')}</button>
        <button type="button" class="button primary" disabled={busy} onClick={() => recording.sendDraft(draft)}>{words.t('draft.send')}</button>
      </div>
    </section>
  );
}
