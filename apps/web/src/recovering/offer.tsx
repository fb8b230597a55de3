import type { App } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import { bringBackWords } from '../words/bring-back-words.ts';
import { RestoreParts } from './restore-parts.tsx';

/** Long enough to read it and to think of where the backup is. Milliseconds. */
const STAYS = 30_000;

/** This device was let in just now: what only a backup has is one touch away. The settings offer it later as well. */
export function offerRestoring({ words, sheets, notices }: Pick<App, 'words' | 'sheets' | 'notices'>): void {
  const t = bringBackWords(words);
  const open = (): void => sheets.open(() => <Sheet title={t('restoreTitle')}><RestoreParts /></Sheet>);
  notices.show({ said: { type: 'text', text: t('offer') }, action: { label: 'deleted.restore', run: open } }, STAYS);
}
