import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';

export function PrimerSheet({ onAnswer }: { onAnswer: (go: boolean) => void }): JSX.Element {
  const { words } = useApp();
  const close = useCloseSheet();
  return (
    <Sheet title={words.t('record.primerTitle')}>
      <p class="soft">{words.t('record.primerText')}</p>
      <div class="sheet-actions">
        <button type="button" class="button primary" autofocus onClick={() => {
          onAnswer(true);
          close();
        }}><Icon name="microphone" />{words.t('record.primerGo')}</button>
      </div>
    </Sheet>
  );
}

export function ShortSheet({ onAnswer }: { onAnswer: (what: 'send' | 'discard') => void }): JSX.Element {
  const { words } = useApp();
  const close = useCloseSheet();
  const choose = (what: 'send' | 'discard') => (): void => {
    onAnswer(what);
    close();
  };
  return (
    <Sheet title={words.t('record.shortTitle')}>
      <p class="soft">{words.t('record.shortText')}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={choose('discard')}>{words.t('record.shortDrop')}</button>
        <button type="button" class="button primary" onClick={choose('send')}>{words.t('record.shortSend')}</button>
      </div>
    </Sheet>
  );
}
