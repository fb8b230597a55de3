import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Message, Recipient } from '@earshot/client/earshot.ts';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { useApp } from '../shell/app.ts';
import { Icon } from '../shell/icons.tsx';
import { Portrait } from '../shell/common.tsx';
import { Sheet } from '../shell/sheet.tsx';
import { StatusLink } from '../shell/status-link.tsx';
import type { Words } from '../words/words.ts';
import { stateSentence } from './state-sentence.ts';
import { standsFor } from './standing.ts';

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
      if ('message' in happening ? happening.message === id : happening.type === 'conversations') read();
    });
  }, [id]);
  return message.value;
}

/** The way of a message: recorded, kept here, on the server, with whom, heard; and where it stands still, why. */
export function DetailsSheet({ id }: { id: Id }): JSX.Element {
  const { words, shelf, thread, earshot, notices, clock } = useApp();
  const message = useMessage(id);
  const conversation = message === null ? undefined : shelf.find(message.conversation);
  useEffect(() => thread.ask(), []);
  const sentence = message?.mine === true ? stateSentence(message.state, words, clock.now()) : null;
  return (
    <Sheet title={words.t('details.title')}>
      {message === null || !conversation ? null : (
        <>
          {sentence === null ? null : <p class="problem">{sentence} {message.state.at === 'sending' && message.state.waiting !== null ? <><StatusLink code={message.state.waiting.code} /> <AskDoctor code={message.state.waiting.code} /></> : null}{message.state.at === 'set-aside' ? <AskDoctor code={message.state.code} /> : null}</p>}
          {message.state.at === 'sending' ? (
            <button type="button" class="button" onClick={() => void notices.attempt(() => earshot.outgoing.tryNow())}>{words.t('details.tryNow')}</button>
          ) : null}
          <dl class="facts">
            <dt>{words.t('details.length')}</dt><dd>{words.spokenLength(message.seconds)}</dd>
            {message.kept === null ? null : (
              <>
                <dt>{words.t('details.begun')}</dt><dd>{words.moment(message.kept.begun)}</dd>
                <dt>{words.t('details.kept')}</dt><dd>{words.moment(message.kept.at)}</dd>
              </>
            )}
            <dt>{words.t('details.sent')}</dt><dd>{message.seq === null ? words.t('details.notYet') : words.moment(message.time)}</dd>
          </dl>
          {message.recipients.map((one) => <Reached key={one.person} conversation={conversation} recipient={one} />)}
        </>
      )}
    </Sheet>
  );
}

function Reached({ conversation, recipient }: { conversation: Conversation; recipient: Recipient }): JSX.Element {
  const { words, clock } = useApp();
  const { person, heard, devices, stands } = recipient;
  const name = conversation.members.find((one) => one.person === person)?.name ?? words.t('conversation.unknown');
  const why = standsFor(recipient, name, words, clock.now());
  return (
    <div class="reached">
      <div class="row">
        <Portrait id={person} name={name} size="small" />
        <strong class="cut grow">{name}</strong>
      </div>
      {stands === null ? null : <p class="stands"><Icon name="clock" size={18} /><span>{why} {words.failure(stands.code).next} <AskDoctor code={stands.code} /></span></p>}
      <dl class="facts">
        <dt>{words.t('details.delivered')}</dt>
        <dd>{devices.length === 0 ? words.t('details.notYet') : devices.map((one, index) => (
          <div key={one.device}>{devices.length > 1 ? `${words.t('details.device', { number: index + 1 })}: ` : ''}{deviceLine(one, words, clock.now())}</div>
        ))}</dd>
        <dt>{words.t('details.heard')}</dt>
        <dd>{heard === null ? words.t('details.notYet') : words.moment(heard)}</dd>
      </dl>
    </div>
  );
}

function deviceLine({ delivered, seen }: Recipient['devices'][number], words: Words, now: number): string {
  if (delivered !== null) return words.moment(delivered);
  return seen === null ? words.t('details.notYet') : words.t('details.seen', { time: words.since(seen, now) });
}
