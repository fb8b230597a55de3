import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, ConversationMember } from '@earshot/client/earshot.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { Field, FormMessage } from '../account/fields.tsx';
import { useForm } from '../account/form.ts';
import { useApp } from '../shell/app.ts';
import { Icon, type IconName } from '../shell/icons.tsx';
import { Sheet, useCloseSheet } from '../shell/sheet.tsx';
import { lazily } from '../shell/lazily.tsx';
import { PeopleChoice, reachable } from './new-conversation.tsx';
import { sayWhy } from './keys-line.tsx';

export function RenameSheet({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, earshot } = useApp();
  const close = useCloseSheet();
  const title = useSignal(conversation.title ?? '');
  const form = useForm();
  return (
    <Sheet title={words.t('about.rename')}>
      <form class="door-form" onSubmit={(event) => {
        event.preventDefault();
        form.submit(async () => {
          await earshot.conversations.rename(conversation.id, title.value.trim());
          close();
        });
      }}>
        <Field label={words.t('about.groupName')} value={title} maxLength={limits.nameLength} focus />
        <FormMessage problem={form.problem.value} />
        <button type="submit" class="button primary wide" disabled={form.busy.value}>{words.t('do.save')}</button>
      </form>
    </Sheet>
  );
}

export function AddPeopleSheet({ conversation }: { conversation: Conversation }): JSX.Element {
  const { words, earshot, shelf, session } = useApp();
  const close = useCloseSheet();
  const chosen = useSignal<readonly Id[]>([]);
  const form = useForm();
  const inside = new Set(conversation.members.filter((one) => one.active).map((one) => one.person));
  const others = reachable(shelf.people.value, session.who.value?.person).filter((one) => !inside.has(one.id));
  return (
    <Sheet title={words.t('about.addPeople')}>
      {others.length === 0 ? <p class="soft">{words.t('about.addNobody')}</p> : (
        <PeopleChoice people={others} chosen={chosen.value} onChange={(ids) => {
          chosen.value = ids;
        }} />
      )}
      <FormMessage problem={form.problem.value} />
      <button type="button" class="button primary wide" disabled={form.busy.value || chosen.value.length === 0} onClick={() => form.submit(async () => {
        await earshot.conversations.add(conversation.id, chosen.value);
        close();
      })}>{words.t('do.add')}</button>
    </Sheet>
  );
}

const SafetySheet = lazily(async () => (await import('./safety.tsx')).SafetySheet);

/** Opens the number to be compared with somebody. */
export function SafetyRow({ person, name }: { person: Id; name: string }): JSX.Element {
  const { words, sheets, thread } = useApp();
  const last = thread.changes.value.findLast(({ by, change }) => by === person && change.what === 'keys');
  const hint = last?.change.what === 'keys' ? sayWhy(words, last.change.why, name) : undefined;
  return <Choice icon="key" label={words.t('about.safety')} {...(hint !== undefined && { hint })} onClick={() => sheets.open(() => <SafetySheet person={person} name={name} />)} />;
}

export function MemberSheet({ conversation, member, owner }: { conversation: Id; member: ConversationMember; owner: boolean }): JSX.Element {
  const { words, earshot, notices, router } = useApp();
  const close = useCloseSheet();
  const act = (work: () => Promise<unknown>) => (): void => {
    close();
    void notices.attempt(work);
  };
  return (
    <Sheet title={member.name}>
      <div class="rows">
        <Choice icon="microphone" label={words.t('about.talk', { name: member.name })} onClick={act(async () => router.go({ at: 'conversation', id: await earshot.conversations.direct(member.person) }))} />
        <SafetyRow person={member.person} name={member.name} />
        {owner && member.role !== 'owner' ? <Choice icon="key" label={words.t('about.promote')} onClick={act(() => earshot.conversations.promote(conversation, member.person))} /> : null}
        {owner ? <Choice icon="door" label={words.t('about.removePerson')} onClick={act(() => earshot.conversations.remove(conversation, member.person))} /> : null}
      </div>
    </Sheet>
  );
}

export function Choice({ icon, label, hint, onClick }: { icon: IconName; label: string; hint?: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="row" onClick={onClick}>
      <span class="row-icon"><Icon name={icon} /></span>
      <span class="text"><span>{label}</span>{hint === undefined ? null : <span>{hint}</span>}</span>
    </button>
  );
}
