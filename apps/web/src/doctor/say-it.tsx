import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { App as AppName } from '@earshot/doctor/knowledge/kinds.ts';
import { createSearch, type Found } from '@earshot/doctor/search/search.ts';
import { Icon } from '../shell/icons.tsx';
import { useDoctor } from './context.ts';

const SHOWN = 6;

/** Says in her own words what is wrong: a symptom begins a visit, anything else that is known about it is read at once. */
export function SayIt({ app }: { app: AppName }): JSX.Element {
  const { knowledge, said } = useDoctor();
  const search = useMemo(() => createSearch(knowledge), [knowledge]);
  const query = useSignal('');
  const asked = query.value.trim();
  const found = asked.length < 3 ? [] : search(asked, { app, limit: SHOWN, kinds: ['symptom', 'cause', 'fact', 'step'] });
  return (
    <div class="field" role="search">
      <label for="doctor-search">{said.t('search')}</label>
      <input id="doctor-search" class="input" type="search" autocomplete="off" placeholder={said.t('searchHint')} value={query.value} onInput={(event) => (query.value = event.currentTarget.value)} />
      {found.length > 0 ? <ul class="rows said" aria-live="polite">{found.map((one) => <li key={`${one.kind} ${one.id}`}><Hit found={one} app={app} /></li>)}</ul> : null}
      {asked.length >= 3 && found.length === 0 ? <p class="hint" role="status">{said.t('searchNone')}</p> : null}
    </div>
  );
}

function Hit({ found, app }: { found: Found; app: AppName }): JSX.Element {
  const { visit, said } = useDoctor();
  const { kind, id, title } = found;
  if (kind === 'symptom') {
    return <button type="button" class="row" data-found={id} onClick={() => visit.begin({ app, symptom: id })}><Icon name="alert" size={20} /><span class="text"><span>{said.say(title)}</span></span></button>;
  }
  return <details class="doctor-why" data-found={id}><summary>{said.say(title)}</summary><Meaning found={found} /></details>;
}

/** What is known under this entry, in a sentence or two. */
function Meaning({ found: { kind, id } }: { found: Found }): JSX.Element | null {
  const { knowledge, said } = useDoctor();
  const text = kind === 'cause' ? knowledge.causes.find((one) => one.id === id)?.explain : kind === 'fact' ? knowledge.facts.find((one) => one.id === id)?.text : knowledge.steps.find((one) => one.id === id)?.why;
  return text === undefined ? null : <p>{said.say(text)}</p>;
}
