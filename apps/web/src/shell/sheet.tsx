import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useApp, type Sheets } from './app.ts';
import { Icon } from './icons.tsx';

export function createSheets(): Sheets {
  const current = signal<Sheets['current']['value']>(null);
  let count = 0;
  return {
    current,
    open: (view) => {
      count += 1;
      current.value = { key: count, view };
    },
    close: () => {
      current.value = null;
    },
  };
}

/** Where the open sheet is drawn. The browser's own dialog keeps the focus inside and gives it back. */
export function SheetRoom(): JSX.Element | null {
  const { sheets } = useApp();
  const open = sheets.current.value;
  return open === null ? null : <open.view key={open.key} />;
}

interface SheetProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What closing it without a decision means; otherwise nothing. */
  readonly onDismiss?: () => void;
}

export function Sheet({ title, children, onDismiss }: SheetProps): JSX.Element {
  const { sheets, words } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      dialog.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const dismiss = (): void => {
    onDismiss?.();
    sheets.close();
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        dismiss();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) dismiss();
      }}>
      <div class="sheet-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="round" aria-label={words.t('do.close')} onClick={dismiss}><Icon name="close" /></button>
      </div>
      <div class="sheet-body">{children}</div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onYes: () => unknown;
  readonly onNo?: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmSheet({ title, text, yes, onYes, onNo }: ConfirmProps): JSX.Element {
  const { sheets, words, notices } = useApp();
  return (
    <Sheet title={title} {...(onNo ? { onDismiss: onNo } : {})}>
      <p class="soft">{text}</p>
      <div class="sheet-actions">
        <button type="button" class="button" onClick={() => {
          onNo?.();
          sheets.close();
        }}>{words.t('do.cancel')}</button>
        <button type="button" class="button primary" onClick={() => {
          sheets.close();
          void notices.attempt(async () => onYes());
        }}>{yes}</button>
      </div>
    </Sheet>
  );
}
