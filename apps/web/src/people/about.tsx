import type { JSX } from 'preact';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, ConversationMember } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { otherMember, titleOf } from '../conversation/naming.ts';
import { ExpiryRow } from '../keeping/expiry-sheet.tsx';
import { useApp } from '../shell/app.ts';
import { Portrait } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import { ConfirmSheet, Sheet } from '../shell/sheet.tsx';
import { AddPeopleSheet, MemberSheet, RenameSheet, SafetyRow } from './group.tsx';

/** Who is in a conversation, and what can be done about it. */
export function AboutSheet({ id }: { id: Id }): JSX.Element | null {
  const { words, shelf, session } = useApp();
  const me = session.who.value?.person ?? '';
  const conversation = shelf.find(id);
  if (!conversation) return null;
  const title = titleOf(conversation, me, words);
  const other = otherMember(conversation, me);
  return (
    <Sheet title={words.t('about.title')}>
      <div class="about-head">
        <Portrait id={other?.person ?? conversation.id} name={title} size="large" />
        <div>
          <h2>{title}</h2>
          <p class="soft">{other ? words.t('about.handle', { handle: other.handle }) : words.t('conversation.members', { count: conversation.members.filter((one) => one.active).length })}</p>
        </div>
      </div>
      {conversation.kind === 'group' ? <GroupPart conversation={conversation} me={me} /> : null}
      <CommonPart conversation={conversation} other={other} />
    </Sheet>
  );
}

function GroupPart({ conversation, me }: { conversation: Conversation; me: Id }): JSX.Element {
  const { words, sheets } = useApp();
  const owner = conversation.closed === null && conversation.members.some((one) => one.person === me && one.role === 'owner');
  return (
    <>
      <h3>{words.t('about.people')}</h3>
      <div class="rows">
        {conversation.members.filter((one) => one.active).map((one) => (
          <MemberRow key={one.person} member={one} mine={one.person === me} onOpen={() => sheets.open(() => <MemberSheet conversation={conversation.id} member={one} owner={owner} />)} />
        ))}
        {owner ? (
          <>
            <button type="button" class="row" onClick={() => sheets.open(() => <AddPeopleSheet conversation={conversation} />)}>
              <span class="row-icon"><Icon name="plus" /></span><span class="text"><span>{words.t('about.addPeople')}</span></span>
            </button>
            <button type="button" class="row" onClick={() => sheets.open(() => <RenameSheet conversation={conversation} />)}>
              <span class="row-icon"><Icon name="note" /></span><span class="text"><span>{words.t('about.rename')}</span></span>
            </button>
          </>
        ) : null}
      </div>
    </>
  );
}

function MemberRow({ member, mine, onOpen }: { member: ConversationMember; mine: boolean; onOpen: () => void }): JSX.Element {
  const { words } = useApp();
  const inside = (
    <>
      <Portrait id={member.person} name={member.name} />
      <span class="text"><span class="cut">{member.name}{mine ? ` (${words.t('about.you')})` : ''}</span><span>{words.t('about.handle', { handle: member.handle })}</span></span>
      {member.role === 'owner' ? <span class="tag">{words.t('about.owner')}</span> : null}
    </>
  );
  return mine ? <div class="row">{inside}</div> : <button type="button" class="row" onClick={onOpen}>{inside}<span class="hidden">{words.t('about.person', { name: member.name })}</span></button>;
}

function CommonPart({ conversation, other }: { conversation: Conversation; other: ConversationMember | undefined }): JSX.Element | null {
  const { words, earshot, notices, sheets, shelf } = useApp();
  if (conversation.kind === 'self') return null;
  const blocked = other !== undefined && shelf.people.value.some((one) => one.id === other.person && one.blocked);
  return (
    <div class="rows">
      <ExpiryRow conversation={conversation} />
      <label class="row">
        <span class="row-icon"><Icon name="mute" /></span>
        <span class="text"><span>{words.t('about.mute')}</span><span>{words.t('about.muteHint')}</span></span>
        <input type="checkbox" role="switch" checked={conversation.muted}
          onChange={(event) => {
            const muted = event.currentTarget.checked;
            void notices.attempt(() => earshot.conversations.mute(conversation.id, muted));
          }} />
      </label>
      {other ? <SafetyRow person={other.person} name={other.name} /> : null}
      {other ? (
        <button type="button" class="row" onClick={() => void notices.attempt(() => earshot.people.block(other.person, !blocked))}>
          <span class="row-icon"><Icon name="block" /></span>
          <span class="text"><span>{words.t(blocked ? 'about.unblock' : 'about.block', { name: other.name })}</span><span>{words.t('about.blockHint')}</span></span>
        </button>
      ) : null}
      {conversation.kind === 'group' && conversation.closed === null ? (
        <button type="button" class="row" onClick={() => sheets.open(() => <LeaveSheet conversation={conversation.id} />)}>
          <span class="row-icon"><Icon name="door" /></span><span class="text"><span>{words.t('about.leave')}</span></span>
        </button>
      ) : null}
    </div>
  );
}

/** Where something cannot be fetched now she is asked once more: she may never have it again. */
function LeaveSheet({ conversation }: { conversation: Id }): JSX.Element {
  const { words, earshot, sheets } = useApp();
  const title = words.t('about.leaveTitle');
  const leave = async (): Promise<void> => {
    try {
      await earshot.conversations.leave(conversation);
    } catch (error) {
      if (!(error instanceof Failure) || error.evidence['lacking'] === undefined) throw error;
      const text = words.t('about.leaveLacking', { count: Number(error.evidence['lacking']) });
      sheets.open(() => <ConfirmSheet title={title} text={text} yes={words.t('about.leaveAnyway')} onYes={() => earshot.conversations.leave(conversation, { anyway: true })} />);
    }
  };
  return <ConfirmSheet title={title} text={words.t('about.leaveText')} yes={words.t('about.leave')} onYes={leave} />;
}
