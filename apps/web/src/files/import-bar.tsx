import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import { percent } from '../conversation/state-sentence.ts';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet } from '../shell/sheet.tsx';

/** A file that is being read, or the reason why it cannot be. */
export function ImportBar({ conversation }: { conversation: Id }): JSX.Element | null {
  const { importing, words } = useApp();
  const state = importing.state.value;
  if (state === null || state.conversation !== conversation) return null;
  const share = state.at === 'converting' ? state.share : 1;
  return (
    <div class={`importing ${state.at}`}>
      {state.at === 'refused' ? <div class="text"><span class="small cut">{state.name}</span><Problem code={state.code} evidence={state.evidence} /></div> : (
        <div class="text" role="status">
          <span class="small cut">{words.t('file.converting', { name: state.name })} · <span class="numbers">{percent(share, words)}</span></span>
          <div class="meter"><span style={{ width: `${share * 100}%` }} /></div>
        </div>
      )}
      {state.at === 'sending' ? null : <button type="button" class="round" aria-label={words.t(state.at === 'refused' ? 'do.close' : 'do.cancel')} onClick={() => importing.dismiss()}><Icon name="close" size={20} /></button>}
    </div>
  );
}

export function SilentFileSheet({ onAnswer }: { onAnswer: (send: boolean) => void }): JSX.Element {
  const { words } = useApp();
  return <ConfirmSheet title={words.t('file.silentTitle')} text={words.t('file.silentText')} yes={words.t('record.shortSend')} onYes={() => onAnswer(true)} />;
}
