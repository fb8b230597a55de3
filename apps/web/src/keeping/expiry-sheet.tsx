import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Conversation } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Sheet } from '../shell/sheet.tsx';
import type { KeepingWordKey } from '../words/keeping-en.ts';
import { sayKeeping } from '../words/keeping-words.ts';
import { OtherTime, type Limits } from './other-time.tsx';
import type { Words } from '../words/words.ts';

const DAY = 86_400;
const offered: readonly (number | null)[] = [null, 0, 120, 3_600, DAY, 7 * DAY, 30 * DAY];

interface ExpirySheetProps {
  readonly title: KeepingWordKey;
  readonly lead: KeepingWordKey;
  readonly never?: KeepingWordKey;
  /** Seconds after hearing; null: for ever. */
  readonly chosen: number | null;
  readonly onChoose: (seconds: number | null) => Promise<void> | void;
}

/** How long what is said stays: in a conversation, of one message, or wherever nothing else was set. Offered is what the operator allows. */
export function ExpirySheet({ title, lead, never = 'never', chosen, onChoose }: ExpirySheetProps): JSX.Element {
  const { words, sheets, notices, earshot } = useApp();
  const choices = useSignal<readonly (number | null)[]>([]);
  const limits = useSignal<Limits | null>(null);
  const read = async (): Promise<void> => {
    const { least, most } = await earshot.conversations.expiryRules();
    limits.value = { least, most };
    const allowed = offered.filter((seconds) => seconds === null || (seconds >= least && seconds <= most));
    const all = new Set([...allowed, chosen, ...(allowed.length > 1 ? [] : [least, most])]);
    choices.value = [...all].toSorted((one, other) => (one ?? -1) - (other ?? -1));
  };
  useEffect(() => void notices.attempt(read), []);
  const choose = (seconds: number | null) => (): void => {
    sheets.close();
    void notices.attempt(async () => onChoose(seconds));
  };
  return (
    <Sheet title={sayKeeping(words, title)}>
      <p class="soft">{sayKeeping(words, lead)}</p>
      <div class="rows" role="radiogroup" aria-label={sayKeeping(words, title)}>
        {choices.value.map((seconds) => (
          <button key={String(seconds)} type="button" class="row choice" role="radio" aria-checked={seconds === chosen} onClick={choose(seconds)}>
            <span class="text"><span>{seconds === null ? sayKeeping(words, never) : lastingWords(seconds, words)}</span></span>
            {seconds === chosen ? <Icon name="check" /> : null}
          </button>
        ))}
      </div>
      {limits.value === null || limits.value.least === limits.value.most ? null : <OtherTime limits={limits.value} onChoose={(seconds) => choose(seconds)()} />}
    </Sheet>
  );
}

export function lastingWords(seconds: number | null, words: Words): string {
  if (seconds === null) return sayKeeping(words, 'never');
  return seconds === 0 ? sayKeeping(words, 'once') : sayKeeping(words, 'after', { span: words.span(seconds) });
}

/** In the details of a conversation: how long messages stay there, and the way to change it for whoever may. */
export function ExpiryRow({ conversation }: { conversation: Conversation }): JSX.Element | null {
  const { words, sheets, session, earshot } = useApp();
  if (conversation.kind === 'self') return null;
  const { id, expiry } = conversation;
  const owner = conversation.members.some((one) => one.person === session.who.value?.person && one.role === 'owner');
  const may = conversation.closed === null && (conversation.kind === 'direct' || owner);
  const inside = (
    <>
      <span class="row-icon"><Icon name="clock" /></span>
      <span class="text"><span>{sayKeeping(words, 'title')}</span><span>{lastingWords(expiry, words)}{may ? '' : ` · ${sayKeeping(words, 'ownersOnly')}`}</span></span>
    </>
  );
  const open = (): void => sheets.open(() => <ExpirySheet title="title" lead="lead" chosen={expiry} onChoose={(seconds) => earshot.conversations.setExpiry(id, seconds)} />);
  return may ? <button type="button" class="row" onClick={open}>{inside}</button> : <div class="row">{inside}</div>;
}
