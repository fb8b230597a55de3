import { createContext, type ComponentChildren, type JSX } from 'preact';
import { useContext, useEffect, useId, useRef } from 'preact/hooks';
import { useApp } from './app.ts';
import { Icon } from './icons.tsx';
import { Snack } from './snack.tsx';

/** The key of the sheet in which something is drawn. */
const OwnKey = createContext<number | undefined>(undefined);

/** Where the open sheet is drawn. The browser's own dialog keeps the focus inside and gives it back. */
export function SheetRoom(): JSX.Element | null {
  const { sheets } = useApp();
  const open = sheets.current.value;
  return open === null ? null : <OwnKey.Provider key={open.key} value={open.key}><open.view /></OwnKey.Provider>;
}

/** For what is drawn in a sheet: closes that one, also much later, and no other that is open by then. */
export function useCloseSheet(): () => void {
  const { sheets } = useApp();
  const key = useContext(OwnKey);
  return () => sheets.close(key);
}

interface SheetProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Sheet({ title, children }: SheetProps): JSX.Element {
  const { sheets, words } = useApp();
  const close = useCloseSheet();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    sheets.drawn.value = true;
    return () => {
      sheets.drawn.value = false;
      dialog.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}>
      <div class="sheet-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="round" aria-label={words.t('do.close')} onClick={close}><Icon name="close" /></button>
      </div>
      <div class="sheet-body">{children}</div>
      <Snack inSheet />
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onYes: () => unknown;
}

/** Asks before something that cannot be taken back. */
export function ConfirmSheet({ title, text, yes, onYes }: ConfirmProps): JSX.Element {
  const { words, notices } = useApp();
  const close = useCloseSheet();
  return (
    <Sheet title={title}>
      <p class="soft">{text}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={close}>{words.t('do.cancel')}</button>
        <button type="button" class="button primary" onClick={() => {
          // Decided before it closes: a question that is gone is answered.
          void notices.attempt(async () => onYes());
          close();
        }}>{yes}</button>
      </div>
    </Sheet>
  );
}
