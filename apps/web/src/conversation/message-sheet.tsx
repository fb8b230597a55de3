import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { KeepingChoices } from '../gallery/keeping-choices.tsx';
import { mayKeep } from '../keeping/lasting.tsx';
import { sayKeeping } from '../words/keeping-words.ts';
import { Choice } from '../people/group.tsx';
import { useApp } from '../shell/app.ts';
import { ConfirmSheet, Sheet } from '../shell/sheet.tsx';
import { DetailsSheet, useMessage } from './details.tsx';

/** So long the way back is offered right after the act; Recently Deleted offers it longer. */
const UNDO = 8_000;

/** What can be done with one message. */
export function MessageSheet({ id }: { id: Id }): JSX.Element {
  const { words } = useApp();
  const message = useMessage(id);
  return <Sheet title={words.t('menu.title')}>{message === null ? null : <Choices message={message} />}</Sheet>;
}

/** What becomes of a message that is discarded before the server said that it has it. */
function discardText(state: Message['state'], keeps: boolean): 'menu.discardPosted' | 'menu.discardRests' | 'menu.discardText' {
  if (state.at === 'sending' && state.posted) return 'menu.discardPosted';
  return keeps ? 'menu.discardRests' : 'menu.discardText';
}

function Choices({ message }: { message: Message }): JSX.Element {
  const { words, sheets, notices, earshot, recording } = useApp();
  const atServer = message.state.at !== 'sending' && message.state.at !== 'set-aside';
  const then = (work: () => Promise<unknown>) => (): void => {
    sheets.close();
    void notices.attempt(work);
  };
  const removed = async (said: 'takenBack' | 'deletedForMe', act: () => Promise<void>): Promise<void> => {
    await act();
    notices.show({ said: { type: 'text', text: sayKeeping(words, said) }, action: { label: 'do.undo', run: () => earshot.messages.restore(message.id) } }, UNDO);
  };
  const ask = (title: string, text: string, yes: string, work: () => Promise<void>) => (): void => sheets.open(() => <ConfirmSheet title={title} text={text} yes={yes} onYes={work} />);
  return (
    <div class="rows">
      <KeepingChoices message={message} />
      <Choice icon="note" label={words.t('menu.details')} onClick={() => sheets.open(() => <DetailsSheet id={message.id} />)} />
      {message.state.at === 'set-aside' ? <Choice icon="undo" label={words.t('menu.retry')} onClick={then(() => earshot.outgoing.retry(message.id))} /> : null}
      {mayKeep(message) ? <Choice icon="check" label={sayKeeping(words, 'keep')} hint={sayKeeping(words, 'keepHint')} onClick={then(() => earshot.messages.keep(message.id))} /> : null}
      {message.mine && atServer ? <Choice icon="undo" label={words.t('menu.takeBack')} onClick={ask(words.t('menu.takeBackTitle'), words.t('menu.takeBackText'), words.t('menu.takeBack'), () => removed('takenBack', () => earshot.messages.remove(message.id)))} /> : null}
      {atServer ? <Choice icon="bin" label={sayKeeping(words, 'deleteForMe')} hint={sayKeeping(words, 'deleteForMeHint')} onClick={then(() => removed('deletedForMe', () => earshot.messages.removeForMe(message.id)))} /> : null}
      {message.mine && !atServer ? <Choice icon="bin" label={words.t('menu.discard')} onClick={ask(words.t('menu.discardTitle'), words.t(discardText(message.state, recording.keeps(message.id))), words.t('menu.discard'), () => earshot.messages.remove(message.id))} /> : null}
    </div>
  );
}
