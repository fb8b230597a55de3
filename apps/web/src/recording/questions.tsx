import type { JSX } from 'preact';
import { useApp, type Sheets } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';

/** Opens a sheet and waits for its answer; closing it is an answer as well. */
export function ask<T>(sheets: Sheets, draw: (answer: (value: T) => void) => JSX.Element): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  sheets.open(() => draw(resolve));
  return promise;
}

export function PrimerSheet({ onAnswer }: { onAnswer: (go: boolean) => void }): JSX.Element {
  const { words, sheets } = useApp();
  return (
    <Sheet title={words.t('record.primerTitle')} onDismiss={() => onAnswer(false)}>
      <p class="soft">{words.t('record.primerText')}</p>
      <div class="sheet-actions">
        <button type="button" class="button primary" autofocus onClick={() => {
          sheets.close();
          onAnswer(true);
        }}><Icon name="microphone" />{words.t('record.primerGo')}</button>
      </div>
    </Sheet>
  );
}

export function ShortSheet({ onAnswer }: { onAnswer: (what: 'send' | 'discard' | 'keep') => void }): JSX.Element {
  const { words, sheets } = useApp();
  const choose = (what: 'send' | 'discard') => (): void => {
    sheets.close();
    onAnswer(what);
  };
  return (
    <Sheet title={words.t('record.shortTitle')} onDismiss={() => onAnswer('keep')}>
      <p class="soft">{words.t('record.shortText')}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={choose('discard')}>{words.t('record.shortDrop')}</button>
        <button type="button" class="button primary" onClick={choose('send')}>{words.t('record.shortSend')}</button>
      </div>
    </Sheet>
  );
}
