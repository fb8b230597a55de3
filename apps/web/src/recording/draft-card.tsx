import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { Draft as SharedDraft } from '@earshot/client/earshot-drafts.ts';
import { useApp } from '../shell/app.ts';
import { Waveform } from '../playing/waveform.tsx';
import { Icon } from '../shell/icons.tsx';
import type { Draft } from './recording.ts';
import { stopSentence } from './stop.ts';

/** Recordings of this conversation that were not sent: after a crash, a reload, a closed tab; and those of one's other devices. */
export function DraftCards({ conversation }: { conversation: Id }): JSX.Element {
  const { recording, elsewhere } = useApp();
  const drafts = recording.drafts.value.filter((draft) => draft.conversation === conversation);
  const others = elsewhere.drafts.value.filter((draft) => draft.conversation === conversation);
  return (
    <>
      {drafts.map((draft) => <DraftCard key={draft.take} draft={draft} />)}
      {others.map((draft) => <ElsewhereCard key={draft.take} draft={draft} />)}
    </>
  );
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

/** It goes on where it was recorded; here it can be heard, sent and discarded. */
function ElsewhereCard({ draft }: { draft: SharedDraft }): JSX.Element {
  const { elsewhere, recording, words } = useApp();
  const said = words.t('draft.elsewhere', { device: draft.device, length: words.length(draft.seconds) });
  const busy = recording.busy.value;
  const playing = elsewhere.playing.value === draft.take;
  return (
    <section class="draft" aria-label={said} data-elsewhere={draft.take}>
      <div class="draft-head"><Icon name="microphone" size={20} /><p><strong>{said}</strong></p></div>
      <div class="draft-wave"><Waveform peaks={draft.waveform} count={72} share={0} /></div>
      <div class="draft-actions three">
        <button type="button" class="button" disabled={busy} onClick={() => (playing ? elsewhere.pause() : elsewhere.listen(draft))}>{words.t(playing ? 'message.pause' : 'draft.listen')}</button>
        <button type="button" class="button" disabled={busy} onClick={() => elsewhere.discard(draft)}>{words.t('draft.discard')}</button>
        <button type="button" class="button primary" disabled={busy} onClick={() => elsewhere.send(draft)}>{words.t('draft.send')}</button>
      </div>
    </section>
  );
}
