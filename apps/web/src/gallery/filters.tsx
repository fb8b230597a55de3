import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { FindQuery } from '@earshot/client/earshot-finding.ts';
import { useApp } from '../shell/app.ts';
import { galleryWords } from '../words/gallery-words.ts';
import { dayOf, startOf } from './day.ts';

export type Filter = Pick<FindQuery, 'from' | 'after' | 'before' | 'shortest' | 'longest' | 'unheard' | 'kept' | 'words'>;

const MONTH = 30 * 86_400_000;

/** What is looked for. All of it has to be true of what is found. `brief`: the room is needed for something else. */
export function Filters({ id, filter, brief }: { id: Id | null; filter: Signal<Filter>; brief: boolean }): JSX.Element {
  const { words, shelf, session, clock } = useApp();
  const said = galleryWords(words);
  const month = useSignal(clock.now() - MONTH).value;
  const more = useSignal(false);
  const me = session.who.value?.person ?? '';
  const set = <Key extends keyof Filter>(key: Key, value: Filter[Key] | null): void => {
    const { [key]: _, ...rest } = filter.value;
    filter.value = value === null ? rest : { ...rest, [key]: value };
  };
  const toggle = <Key extends keyof Filter>(key: Key, value: Filter[Key]): JSX.Element['props'] => ({
    'aria-pressed': filter.value[key] === value,
    onClick: () => set(key, filter.value[key] === value ? null : value),
  });
  const members = id === null ? [] : (shelf.find(id)?.members ?? []).filter(({ person }) => person !== me);
  const people = id === null ? shelf.people.value.filter(({ id: person }) => person !== me).map(({ id: person, name }) => ({ person, name })) : members;
  return (
    <div class="gallery-filters" role="search">
      <input type="search" class="gallery-search" placeholder={said('search')} aria-label={said('search')} onInput={({ currentTarget: { value } }) => {
        if ((filter.value.words ?? '') !== value.trim()) set('words', value.trim() === '' ? null : value.trim());
      }} />
      <div class="chips">
        <select aria-label={said('everybody')} class="chip" onChange={({ currentTarget: { value } }) => set('from', value === '' ? null : value)}>
          <option value="">{said('everybody')}</option>
          <option value={me}>{said('mine')}</option>
          {people.map(({ person, name }) => <option key={person} value={person}>{name}</option>)}
        </select>
        <button type="button" class="chip" {...toggle('unheard', true)}>{said('unheard')}</button>
        <button type="button" class="chip" {...toggle('kept', true)}>{said('kept')}</button>
        <button type="button" class="chip" {...toggle('after', month)}>{said('month')}</button>
        <button type="button" class="chip" {...toggle('shortest', 60)}>{said('long')}</button>
        <button type="button" class="chip" aria-expanded={more.value} onClick={() => void (more.value = !more.value)}>{said('exactly')}</button>
      </div>
      {more.value && !brief ? <Spans filter={filter.value} set={set} /> : null}
    </div>
  );
}

interface SpansProps {
  readonly filter: Filter;
  readonly set: <Key extends keyof Filter>(key: Key, value: Filter[Key] | null) => void;
}

/** From one day to another, both with all their hours, and from one length to another. */
function Spans({ filter: { after, before, shortest, longest }, set }: SpansProps): JSX.Element {
  const { words } = useApp();
  const said = galleryWords(words);
  const minutes = (seconds: number | undefined): string => (seconds === undefined ? '' : String(seconds / 60));
  const seconds = (value: string): number | null => (Number(value) > 0 ? Number(value) * 60 : null);
  return (
    <div class="gallery-spans">
      <Span label={said('fromDay')} type="date" value={dayOf(after)} onChange={(value) => set('after', startOf(value, 0))} />
      <Span label={said('toDay')} type="date" value={dayOf(before === undefined ? undefined : before - 1)} onChange={(value) => set('before', startOf(value, 1))} />
      <Span label={said('shortest')} type="number" value={minutes(shortest)} onChange={(value) => set('shortest', seconds(value))} />
      <Span label={said('longest')} type="number" value={minutes(longest)} onChange={(value) => set('longest', seconds(value))} />
    </div>
  );
}

function Span({ label, type, value, onChange }: { label: string; type: 'date' | 'number'; value: string; onChange: (value: string) => void }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} class="input" type={type} {...(type === 'number' ? { min: '0', step: 'any' } : {})} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
    </div>
  );
}
