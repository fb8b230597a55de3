import type { JSX } from 'preact';
import type { Conversation } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import type { Words } from '../words/words.ts';

const DAY = 86_400;
const offered: readonly (number | null)[] = [null, 0, 120, 3_600, DAY, 7 * DAY, 30 * DAY];

/** How long what is said in a conversation stays. */
export function ExpirySheet({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, earshot, sheets, notices } = useApp();
  const choices = offered.includes(conversation.expiry) ? offered : [...offered, conversation.expiry];
  const choose = (seconds: number | null) => (): void => {
    sheets.close();
    void notices.attempt(() => earshot.conversations.setExpiry(conversation.id, seconds));
  };
  return (
    <Sheet title={sayKeeping(words, 'title')}>
      <p class="soft">{sayKeeping(words, 'lead')}</p>
      <div class="rows" role="radiogroup" aria-label={sayKeeping(words, 'title')}>
        {choices.map((seconds) => (
          <button key={String(seconds)} type="button" class="row" role="radio" aria-checked={seconds === conversation.expiry} onClick={choose(seconds)}>
            <span class="row-icon">{seconds === conversation.expiry ? <Icon name="check" /> : null}</span>
            <span class="text"><span>{lastingWords(seconds, words)}</span></span>
          </button>
        ))}
      </div>
    </Sheet>
  );
}

function lastingWords(seconds: number | null, words: Words): string {
  if (seconds === null) return sayKeeping(words, 'never');
  return seconds === 0 ? sayKeeping(words, 'once') : sayKeeping(words, 'after', { span: words.span(seconds) });
}

/** In the details of a conversation: how long messages stay there, and the way to change it for whoever may. */
export function ExpiryRow({ conversation }: { conversation: Conversation }): JSX.Element | null {
  const { words, sheets, session } = useApp();
  if (conversation.kind === 'self') return null;
  const owner = conversation.members.some((one) => one.person === session.who.value?.person && one.role === 'owner');
  const may = conversation.closed === null && (conversation.kind === 'direct' || owner);
  const inside = (
    <>
      <span class="row-icon"><Icon name="clock" /></span>
      <span class="text"><span>{sayKeeping(words, 'title')}</span><span>{lastingWords(conversation.expiry, words)}{may ? '' : ` · ${sayKeeping(words, 'ownersOnly')}`}</span></span>
    </>
  );
  return may ? <button type="button" class="row" onClick={() => sheets.open(() => <ExpirySheet conversation={conversation} />)}>{inside}</button> : <div class="row">{inside}</div>;
}
