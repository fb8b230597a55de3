import type { JSX } from 'preact';
import type { Message } from '@earshot/client/earshot.ts';
import { nameOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet } from '../shell/sheet.tsx';
import { sayKeeping } from '../words/keeping-words.ts';

const DAY = 86_400_000;

/** A message in Recently Deleted: what it was, how long it is still there, the way back and the way out. */
export function DeletedMessage({ message }: { message: Message }): JSX.Element | null {
  const { words, shelf, earshot, notices, router, sheets, clock } = useApp();
  const { id, conversation, resting } = message;
  if (resting === null) return null;
  const name = nameOf(shelf.find(conversation), message.from, shelf.people.value, words);
  const said = sayKeeping(words, resting.whose === 'me' ? 'deletedMine' : 'deletedEveryone', { name, length: words.length(message.seconds) });
  const restore = async (): Promise<void> => {
    await earshot.messages.restore(id);
    router.go({ at: 'conversation', id: conversation });
  };
  const forGood = (): void => sheets.open(() => (
    <ConfirmSheet title={sayKeeping(words, 'forGoodTitle')} text={sayKeeping(words, 'forGoodText')} yes={sayKeeping(words, 'forGood')} onYes={() => earshot.messages.removeForGood(id)} />
  ));
  return (
    <div class="row deleted" data-deleted={id}>
      <span class="row-icon"><Icon name="bin" /></span>
      <span class="text">
        <span>{said}</span>
        <span>{words.since(message.time, clock.now())} · {words.t('deleted.days', { count: Math.max(1, Math.ceil((resting.until - earshot.now()) / DAY)) })}</span>
      </span>
      <span class="deleted-acts">
        <button type="button" class="button" aria-label={words.t('deleted.restoreOne', { what: said })} onClick={() => void notices.attempt(restore)}>{words.t('deleted.restore')}</button>
        <button type="button" class="round" aria-label={`${sayKeeping(words, 'forGood')}: ${said}`} onClick={forGood}><Icon name="close" size={20} /></button>
      </span>
    </div>
  );
}
