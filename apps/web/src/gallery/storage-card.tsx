import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Amount, Freed, StorageReport } from '@earshot/client/earshot-storage.ts';
import { titleOf } from '../conversation/naming.ts';
import { useApp } from '../shell/app.ts';
import { galleryWords } from '../words/gallery-words.ts';
import { sayBytes } from '../words/say-bytes.ts';

/** So many conversations are named: those that take the most. */
const NAMED = 5;

/** What takes room on this device, and giving it back. */
export function StorageCard(): JSX.Element {
  const { words, earshot, notices, shelf, session } = useApp();
  const said = galleryWords(words);
  const report = useSignal<StorageReport | null>(null);
  const freed = useSignal<Freed | null>(null);
  const busy = useSignal(false);
  const read = async (): Promise<void> => {
    report.value = await earshot.storage.report();
  };
  useEffect(() => void notices.attempt(read), []);
  const free = async (): Promise<void> => {
    busy.value = true;
    freed.value = null;
    try {
      freed.value = await earshot.storage.free();
    } finally {
      busy.value = false;
      // Cut off on the way, some of it is free all the same.
      await read();
    }
  };
  const amount = ({ bytes, messages }: Amount): string => said('amount', { size: sayBytes(words, bytes), count: words.number(messages) });
  const shown = report.value;
  return (
    <section class="card">
      <h2>{said('rest')}</h2>
      {shown === null ? null : (
        <>
          <dl class="facts">
            <dt>{said('heard')}</dt><dd>{amount(shown.heard)}</dd>
            <dt>{said('unheardRoom')}</dt><dd>{amount(shown.unheard)}</dd>
            <dt>{said('unsent')}</dt><dd>{amount(shown.unsent)}</dd>
            <dt>{said('drafts')}</dt><dd>{amount(shown.drafts)}</dd>
          </dl>
          <dl class="facts">
            {shown.conversations.slice(0, NAMED).map((one) => {
              const where = shelf.find(one.conversation);
              return where === undefined ? null : <><dt>{titleOf(where, session.who.value?.person ?? '', words)}</dt><dd>{amount(one)}</dd></>;
            })}
          </dl>
          <p class="hint">{said('freeHint')}</p>
          <button type="button" class="button" disabled={busy.value || shown.freeable.messages === 0} onClick={() => void notices.attempt(free)}>{said('free', { size: sayBytes(words, shown.freeable.bytes) })}</button>
          {freed.value === null ? null : <p role="status">{said('freed', { size: sayBytes(words, freed.value.bytes) })} {freed.value.stayed === 0 ? '' : said('stayed', { count: freed.value.stayed })}</p>}
        </>
      )}
    </section>
  );
}
