import type { JSX } from 'preact';
import type { Conversation } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import { ExpirySheet, lastingWords } from './expiry-sheet.tsx';

/** By the record button: how long what is said next stays, and a touch to have it otherwise for this one message. */
export function ExpiryChip({ conversation }: { conversation: Conversation }): JSX.Element | null {
  const { recording, words, sheets } = useApp();
  const { id, kind, expiry } = conversation;
  if (kind === 'self') return null;
  const own = recording.lasts.value?.conversation === id ? recording.lasts.value : null;
  const seconds = own === null ? expiry : own.seconds;
  const said = seconds === null ? sayKeeping(words, 'stays') : lastingWords(seconds, words);
  const brief = seconds === null ? sayKeeping(words, 'chipStays') : seconds === 0 ? sayKeeping(words, 'chipOnce') : words.span(seconds);
  const choose = (to: number | null): void => recording.choose(to === expiry ? null : { conversation: id, seconds: to });
  return (
    <button type="button" class={`expiry-chip ${own === null ? '' : 'own'}`} aria-label={sayKeeping(words, 'oneLabel', { lasting: said })}
      onClick={() => sheets.open(() => <ExpirySheet title="oneTitle" lead="oneLead" never="stays" chosen={seconds} onChoose={choose} />)}>
      <Icon name="clock" size={18} />{seconds === null && own === null ? null : <span>{brief}</span>}
    </button>
  );
}
