import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Person } from '@earshot/protocol/people.ts';
import { Field, FormMessage } from '../account/fields.tsx';
import { useForm } from '../account/form.ts';
import { useApp } from '../shell/app.ts';
import { Portrait } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';
import { InviteSheet } from './invite.tsx';

/** With whom? A person one knows, several of them, or somebody who is not here yet. */
export function NewConversationSheet(): JSX.Element {
  const { words, sheets, shelf, session, earshot, notices, router } = useApp();
  const close = useCloseSheet();
  const others = reachable(shelf.people.value, session.who.value?.person);
  const open = (person: Id): void => {
    void notices.attempt(async () => {
      const id = await earshot.conversations.direct(person);
      close();
      router.go({ at: 'conversation', id });
    });
  };
  return (
    <Sheet title={words.t('new.title')}>
      <div class="rows">
        <button type="button" class="row" onClick={() => sheets.open(() => <InviteSheet />)}>
          <span class="row-icon"><Icon name="link" /></span>
          <span class="text"><span>{words.t('new.invite')}</span><span>{words.t('new.inviteHint')}</span></span>
        </button>
        {others.length > 0 ? (
          <button type="button" class="row" onClick={() => sheets.open(() => <NewGroupSheet />)}>
            <span class="row-icon"><Icon name="people" /></span>
            <span class="text"><span>{words.t('new.group')}</span><span>{words.t('new.groupHint')}</span></span>
          </button>
        ) : null}
      </div>
      <h3>{words.t('new.people')}</h3>
      {others.length === 0 ? <p class="soft">{words.t('new.nobody')}</p> : (
        <ul class="rows">
          {others.map((person) => (
            <li key={person.id}>
              <button type="button" class="row" onClick={() => open(person.id)}>
                <Portrait id={person.id} name={person.name} />
                <span class="text"><span class="cut">{person.name}</span><span>{words.t('about.handle', { handle: person.handle })}</span></span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

export function reachable(people: readonly Person[], me: Id | undefined): Person[] {
  return people.filter((person) => person.id !== me && person.state === 'active' && !person.blocked).toSorted((one, other) => one.name.localeCompare(other.name));
}

function NewGroupSheet(): JSX.Element {
  const { words, shelf, session, earshot, router } = useApp();
  const close = useCloseSheet();
  const title = useSignal('');
  const chosen = useSignal<readonly Id[]>([]);
  const form = useForm();
  const create = async (): Promise<void> => {
    const id = await earshot.conversations.createGroup({ title: title.value.trim(), members: chosen.value });
    close();
    router.go({ at: 'conversation', id });
  };
  return (
    <Sheet title={words.t('new.group')}>
      <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        form.submit(create);
      }}>
        <Field label={words.t('new.groupName')} value={title} maxLength={limits.nameLength} focus />
        <h3>{words.t('new.groupWho')}</h3>
        <PeopleChoice people={reachable(shelf.people.value, session.who.value?.person)} chosen={chosen.value} onChange={(ids) => {
          chosen.value = ids;
        }} />
        <FormMessage problem={form.problem.value} />
        <button type="submit" class="button primary wide" disabled={form.busy.value || chosen.value.length === 0}>{words.t('new.create')}</button>
      </form>
    </Sheet>
  );
}

export function PeopleChoice({ people, chosen, onChange }: { people: readonly Person[]; chosen: readonly Id[]; onChange: (ids: readonly Id[]) => void }): JSX.Element {
  return (
    <div class="rows">
      {people.map((person) => (
        <label class="row" key={person.id}>
          <Portrait id={person.id} name={person.name} size="small" />
          <span class="text"><span class="cut">{person.name}</span></span>
          <input type="checkbox" checked={chosen.includes(person.id)}
            onChange={(event) => onChange(event.currentTarget.checked ? [...chosen, person.id] : chosen.filter((id) => id !== person.id))} />
        </label>
      ))}
    </div>
  );
}
