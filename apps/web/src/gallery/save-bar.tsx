import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { otherForms, type SavedAs } from '@earshot/client/saving/saved.ts';
import { offerFile } from '../conversation/offer-file.browser.ts';
import { useApp } from '../shell/app.ts';
import { galleryWords } from '../words/gallery-words.ts';
import { keptOf } from './kept-of.ts';
import { type Folder, folderOf } from './save-files.browser.ts';

/** What is done with the messages that were chosen: saved as a folder that needs no Earshot. Those whose sound cannot be had are left out, and stay chosen. */
export function SaveBar({ chosen, onAll }: { chosen: Signal<ReadonlyMap<Id, Message> | null>; onAll: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const { words, earshot, notices } = app;
  const said = galleryWords(words);
  const done = useSignal<number | null>(null);
  const leftOut = useSignal<Folder['leftOut']>([]);
  const all = [...(chosen.value ?? new Map<Id, Message>()).values()];
  const save = (as: SavedAs) => async (): Promise<void> => {
    const kept = all.map((message) => keptOf(message, app));
    done.value = 0;
    leftOut.value = [];
    try {
      const folder = await folderOf(kept, {
        as, audio: ({ message }) => earshot.messages.audio(message.id), progress: (count) => void (done.value = count),
        words: { language: words.locale, title: said('indexTitle'), when: (time) => words.moment(time) },
      });
      if (folder.count > 0) offerFile(folder.zip, `${said('folder')}.zip`, document, 'application/zip');
      leftOut.value = folder.leftOut;
      chosen.value = folder.leftOut.length === 0 ? null : new Map(folder.leftOut.map(({ message }) => [message.id, message]));
    } finally {
      done.value = null;
    }
  };
  const busy = done.value !== null || all.length === 0;
  return (
    <div class="gallery-save" role="region" aria-label={said('chosen', { count: all.length })}>
      <div class="gallery-chosen">
        <p class="small" role="status">{done.value === null ? said('chosen', { count: words.number(all.length) }) : said('saving', { done: done.value, count: all.length })}</p>
        <button type="button" class="button quiet" disabled={done.value !== null} onClick={() => void notices.attempt(onAll)}>{said('chooseAll')}</button>
        <button type="button" class="button quiet" disabled={done.value !== null} onClick={() => void (chosen.value = null)}>{said('chooseNone')}</button>
      </div>
      {leftOut.value.length === 0 ? null : <WhyLeftOut all={leftOut.value} />}
      <p class="small soft">{said('saveHint')}</p>
      <div class="chips">
        <button type="button" class="button primary" disabled={busy} onClick={() => void notices.attempt(save('ogg'))}>{said('saveAsSent')}</button>
        {otherForms.map((as) => <button key={as} type="button" class="button" disabled={busy} onClick={() => void notices.attempt(save(as))}>{said('saveAs', { form: as.toUpperCase() })}</button>)}
      </div>
    </div>
  );
}

/** How many, and for each reason why. Which they are shows in the list: they are the ones that are chosen. */
function WhyLeftOut({ all }: { all: Folder['leftOut'] }): JSX.Element {
  const { words } = useApp();
  return (
    <div class="problem" role="alert">
      <strong>{galleryWords(words)('leftOut', { count: words.number(all.length) })}</strong>
      {[...Map.groupBy(all, ({ failure }) => failure.code)].map(([code, some]) => <span key={code} data-code={code}>{words.number(some.length)}: {words.failure(code).cause}</span>)}
    </div>
  );
}
