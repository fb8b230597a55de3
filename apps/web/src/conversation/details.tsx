import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Message } from '@earshot/client/earshot.ts';
import { useApp } from '../shell/app.ts';
import { Portrait } from '../shell/common.tsx';
import { Sheet } from '../shell/sheet.tsx';
import { StatusLink } from '../shell/status-link.tsx';
import { stateSentence } from './message-state.tsx';

/** Reads one message and reads it again whenever it changes. */
export function useMessage(id: Id): Message | null {
  const { earshot, notices } = useApp();
  const message = useSignal<Message | null>(null);
  useEffect(() => {
    const read = (): void => void notices.attempt(async () => {
      message.value = await earshot.messages.get(id);
    });
    read();
    return earshot.on((happening) => {
      if ('message' in happening && happening.message === id) read();
    });
  }, [id]);
  return message.value;
}

/** Whom a message has reached, and when. */
export function DetailsSheet({ id }: { id: Id }): JSX.Element {
  const { words, shelf, session, earshot, notices } = useApp();
  const message = useMessage(id);
  const conversation = message === null ? undefined : shelf.find(message.conversation);
  const me = session.who.value?.person;
  const sentence = message?.mine === true ? stateSentence(message.state, words) : null;
  return (
    <Sheet title={words.t('details.title')}>
      {message === null || !conversation ? null : (
        <>
          {sentence === null ? null : <p class="problem">{sentence} {message.state.at === 'sending' && message.state.waiting !== null ? <StatusLink code={message.state.waiting.code} /> : null}</p>}
          {message.state.at === 'sending' ? (
            <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.outgoing.tryNow())}>{words.t('details.tryNow')}</button>
          ) : null}
          <dl class="facts">
            <dt>{words.t('details.sent')}</dt><dd>{words.moment(message.time)}</dd>
            <dt>{words.t('details.length')}</dt><dd>{words.spokenLength(message.seconds)}</dd>
          </dl>
          {conversation.members.filter((one) => one.person !== message.from && one.person !== me).map((one) => (
            <Reached key={one.person} conversation={conversation} message={message} person={one.person} />
          ))}
        </>
      )}
    </Sheet>
  );
}

function Reached({ conversation, message, person }: { conversation: Conversation; message: Message; person: Id }): JSX.Element {
  const { words } = useApp();
  const member = conversation.members.find((one) => one.person === person);
  const devices = message.deliveredTo.filter((one) => one.person === person);
  const heard = message.heardBy.find((one) => one.person === person);
  return (
    <div class="reached">
      <div class="row">
        <Portrait id={person} name={member?.name ?? ''} size="small" />
        <strong class="cut grow">{member?.name}</strong>
      </div>
      <dl class="facts">
        <dt>{words.t('details.delivered')}</dt>
        <dd>{devices.length === 0 ? words.t('details.notYet') : devices.map((one, index) => (
          <div key={one.device}>{devices.length > 1 ? `${words.t('details.device', { number: index + 1 })}: ` : ''}{words.moment(one.at)}</div>
        ))}</dd>
        <dt>{words.t('details.heard')}</dt>
        <dd>{heard ? words.moment(heard.at) : words.t('details.notYet')}</dd>
      </dl>
    </div>
  );
}
