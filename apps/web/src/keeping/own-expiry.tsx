import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import { ExpirySheet, lastingWords } from './expiry-sheet.tsx';

/** In the settings: how long what this person says stays, wherever nothing else was set. */
export function OwnExpiry(): JSX.Element {
  const { words, sheets, shelf, session, earshot } = useApp();
  const expiry = shelf.conversations.value?.find(({ kind }) => kind === 'self')?.expiry ?? null;
  const set = async (seconds: number | null): Promise<void> => {
    const who = session.who.value;
    if (who) await earshot.conversations.setExpiry(await earshot.conversations.direct(who.person), seconds);
  };
  return (
    <section class="card">
      <h2>{sayKeeping(words, 'title')}</h2>
      <div class="rows">
        <button type="button" class="row" onClick={() => sheets.open(() => <ExpirySheet title="title" lead="ownLead" chosen={expiry} onChoose={set} />)}>
          <span class="row-icon"><Icon name="clock" /></span>
          <span class="text"><span>{lastingWords(expiry, words)}</span><span>{sayKeeping(words, 'ownHint')}</span></span>
        </button>
      </div>
    </section>
  );
}
