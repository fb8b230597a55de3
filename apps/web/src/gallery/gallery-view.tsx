import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { isForOnce } from '@earshot/client/saving/saved.ts';
import { nameOf, titleOf } from '../conversation/naming.ts';
import { MiniPlayer } from '../playing/mini-player.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { galleryWords } from '../words/gallery-words.ts';
import { type Filter, Filters } from './filters.tsx';
import { createFinds } from './finds.ts';
import { SaveBar } from './save-bar.tsx';

/** All voice messages of a conversation, or of all, the newest first: looked through by what is known of them, played where they stand. */
export function GalleryView({ id }: { id: Id | null }): JSX.Element {
  const { words, shelf, session, router, earshot, notices } = useApp();
  const said = galleryWords(words);
  const filter = useSignal<Filter>({});
  const finds = useMemo(() => createFinds({ earshot, notices }), []);
  const { found, chosen } = finds;
  const conversation = id === null ? undefined : shelf.find(id);
  const me = session.who.value?.person ?? '';
  useEffect(() => finds.follow(), []);
  useEffect(() => finds.ask({ ...filter.value, ...(id !== null && { conversation: id }) }), [id, filter.value]);
  return (
    <main class="column main" id="content">
      <header class="head">
        <button type="button" class="round" aria-label={words.t('do.back')} onClick={() => router.back()}><Icon name="back" /></button>
        <h1 class="cut">{conversation === undefined ? said('title') : said('titleOf', { name: titleOf(conversation, me, words) })}</h1>
      </header>
      <MiniPlayer />
      <Filters id={id} filter={filter} brief={chosen.value !== null} />
      <div class="scroll" tabIndex={0} role="region" aria-label={said('title')}>
        {found.value === null ? null : (
          <div class="gallery">
            <p class="soft small gallery-count" role="status">
              <span>{found.value.count === 0 ? said('nothing') : said('count', { count: words.number(found.value.count) })}</span>
              {found.value.count === 0 || chosen.value !== null ? null : <button type="button" class="button quiet" onClick={() => void (chosen.value = new Map())}>{said('choose')}</button>}
            </p>
            <ul class="rows">{found.value.messages.map((message) => <Item key={message.id} message={message} chosen={chosen} />)}</ul>
            {found.value.more === null ? null : <button type="button" class="button quiet" onClick={() => finds.more()}>{said('more')}</button>}
          </div>
        )}
      </div>
      {chosen.value === null ? null : <SaveBar chosen={chosen} onAll={finds.chooseAll} />}
    </main>
  );
}

function Item({ message, chosen }: { message: Message; chosen: Signal<ReadonlyMap<Id, Message> | null> }): JSX.Element {
  const { words, shelf, session, player, router, thread, clock } = useApp();
  const said = galleryWords(words);
  const conversation = shelf.find(message.conversation);
  const values = { name: nameOf(conversation, message.from, shelf.people.value, words), time: words.moment(message.time) };
  const playing = player.track.value?.id === message.id && (player.state.value === 'playing' || player.state.value === 'fetching');
  const about = [words.length(message.seconds), words.brief(message.time, clock.now()), message.words ?? message.fileName ?? '', conversation === undefined ? '' : titleOf(conversation, session.who.value?.person ?? '', words)];
  return (
    <li class="row gallery-row">
      {chosen.value === null ? null : (
        <input type="checkbox" aria-label={said('chooseOne', values)} checked={chosen.value.has(message.id)} disabled={isForOnce(message)} title={isForOnce(message) ? said('once') : undefined} onChange={() => {
          const next = new Map(chosen.value);
          if (!next.delete(message.id)) next.set(message.id, message);
          chosen.value = next;
        }} />
      )}
      <button type="button" class="round play" aria-label={said(playing ? 'pause' : 'play', values)} onClick={() => player.toggle(message)}><Icon name={playing ? 'pause' : 'play'} /></button>
      <span class="text"><span class="cut">{values.name}{!message.mine && !message.heard ? <span class="dot"><span class="hidden">{words.t('message.unheard')}</span></span> : null}</span><span class="cut">{about.filter((part) => part !== '').join(' · ')}</span></span>
      <button type="button" class="round" aria-label={said('jump', values)} onClick={() => {
        router.go({ at: 'conversation', id: message.conversation });
        thread.seek(message);
      }}><Icon name="note" /></button>
    </li>
  );
}
