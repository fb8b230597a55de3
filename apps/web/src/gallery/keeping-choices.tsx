import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Message } from '@earshot/client/earshot.ts';
import { isForOnce, mediaTypes, otherForms, type SavedAs, savedName, tagsOf } from '@earshot/client/saving/saved.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { Field } from '../account/fields.tsx';
import { titleOf } from '../conversation/naming.ts';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { Choice } from '../people/group.tsx';
import { useApp } from '../shell/app.ts';
import { Sheet } from '../shell/sheet.tsx';
import { galleryWords } from '../words/gallery-words.ts';
import { keptOf } from './kept-of.ts';
import { fileOf } from './save-files.browser.ts';

/** What can be done to keep a message: as a file, in one's notes, with others, and to be found again. */
export function KeepingChoices({ message }: { message: Message }): JSX.Element | null {
  const app = useApp();
  const { words, sheets, notices, earshot, shelf, session } = app;
  const said = galleryWords(words);
  const kept = keptOf(message, app);
  const then = (work: () => Promise<unknown>) => (): void => {
    sheets.close();
    void notices.attempt(work);
  };
  const asFile = async (): Promise<File> => new File([await earshot.messages.audio(message.id)], savedName(kept, 'ogg'), { type: 'audio/ogg' });
  const saveAs = (as: SavedAs) => async (): Promise<void> => {
    offerFile(await fileOf(await earshot.messages.audio(message.id), as, tagsOf(kept)), savedName(kept, as), document, mediaTypes[as]);
  };
  const share = async (): Promise<void> => {
    const files = [await asFile()];
    // Whoever closes the system's sheet again has decided, and nothing failed.
    await navigator.share({ files }).catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error;
    });
  };
  const toNotes = async (): Promise<void> => {
    await earshot.messages.forward(message.id, await earshot.conversations.direct(session.who.value?.person ?? ''));
    notices.show({ said: { type: 'words', key: 'settings.saved' } }, 3_000);
  };
  // What somebody else said to be heard once stays nowhere.
  if (isForOnce(message)) return null;
  const stored = message.seq !== null;
  const inNotes = shelf.find(message.conversation)?.kind === 'self';
  const shares = 'canShare' in navigator && navigator.canShare({ files: [new File([new Uint8Array(1)], 'a.ogg', { type: 'audio/ogg' })] });
  return (
    <>
      <Choice icon="save" label={words.t('menu.save')} onClick={then(async () => offerFile(await earshot.messages.audio(message.id), savedName(kept, 'ogg'), document, mediaTypes.ogg))} />
      <Choice icon="save" label={said('saveOther')} onClick={() => sheets.open(() => (
        <Sheet title={said('saveOther')}>
          <div class="rows">{otherForms.map((as) => <Choice key={as} icon="save" label={said('saveAs', { form: as.toUpperCase() })} hint={said(as)} onClick={then(saveAs(as))} />)}</div>
        </Sheet>
      ))} />
      {shares ? <Choice icon="link" label={said('share')} onClick={then(share)} /> : null}
      {stored && !inNotes ? <Choice icon="note" label={said('toNotes')} onClick={then(toNotes)} /> : null}
      {stored ? <Choice icon="send" label={said('forward')} onClick={() => sheets.open(() => <ForwardSheet message={message} />)} /> : null}
      {stored ? <Choice icon="key" label={said('words')} onClick={() => sheets.open(() => <WordsSheet message={message} />)} /> : null}
    </>
  );
}

function ForwardSheet({ message }: { message: Message }): JSX.Element {
  const { words, sheets, notices, earshot, shelf, session, router } = useApp();
  const said = galleryWords(words);
  const me = session.who.value?.person ?? '';
  const open = (shelf.conversations.value ?? []).filter(({ id, closed }) => closed === null && id !== message.conversation);
  return (
    <Sheet title={said('forwardTo')}>
      <div class="rows">
        {open.map((one) => (
          <Choice key={one.id} icon={one.kind === 'self' ? 'note' : one.kind === 'group' ? 'people' : 'person'} label={titleOf(one, me, words)} onClick={() => {
            sheets.close();
            void notices.attempt(async () => {
              await earshot.messages.forward(message.id, one.id);
              router.go({ at: 'conversation', id: one.id });
            });
          }} />
        ))}
      </div>
    </Sheet>
  );
}

function WordsSheet({ message }: { message: Message }): JSX.Element {
  const { words, sheets, notices, earshot } = useApp();
  const said = galleryWords(words);
  const text = useSignal(message.words ?? '');
  return (
    <Sheet title={said('wordsTitle')}>
      <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        sheets.close();
        void notices.attempt(() => earshot.messages.keepWords(message.id, text.value.trim() || null));
      }}>
        <Field label={said('wordsLabel')} value={text} autocomplete="off" maxLength={limits.wordsLength} />
        <button type="submit" class="button primary wide">{words.t('do.save')}</button>
      </form>
    </Sheet>
  );
}
