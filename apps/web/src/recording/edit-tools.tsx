import type { JSX } from 'preact';
import { PAUSE_PACKETS } from '@earshot/recorder/journal/edit.ts';
import { useApp } from '../shell/app.ts';
import { Icon, type IconName } from '../shell/icons.tsx';
import type { WordKey } from '../words/en.ts';
import { PACKETS_PER_SECOND } from './take-sound.ts';

/** What can be done to the draft at the place one listens to; the handles of its waveform do the rest. */
export function EditTools(): JSX.Element {
  const { recording, words } = useApp();
  const placed = recording.phase.value === 'listening' && recording.position.value < recording.seconds.value;
  const pause = (): void => recording.edit({ kind: 'pause', at: Math.round(recording.position.value * PACKETS_PER_SECOND), packets: PAUSE_PACKETS });
  return (
    <div class="edit-tools" role="group" aria-label={words.t('edit.tools')}>
      <Tool label="edit.again" icon="microphone" disabled={!placed || recording.position.value === 0} onClick={recording.sayAgain} />
      <Tool label="edit.pause" icon="pause" disabled={!placed} onClick={pause} />
      <Tool label="edit.undo" icon="undo" disabled={recording.edits.value === 0} onClick={() => recording.edit({ kind: 'undo' })} />
    </div>
  );
}

function Tool({ label, icon, disabled, onClick }: { label: WordKey; icon: IconName; disabled: boolean; onClick: () => void }): JSX.Element {
  const { words } = useApp();
  return <button type="button" class="tool small" disabled={disabled} onClick={onClick}><Icon name={icon} size={18} />{words.t(label)}</button>;
}
