import { unreachable } from '@earshot/base/assert.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, ConversationChange } from '@earshot/client/earshot.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { JSX } from 'preact';
import { useApp } from '../shell/app.ts';
import { lazily } from '../shell/lazily.tsx';
import type { Words } from '../words/words.ts';
import { nameOf } from './naming.ts';

const KeysLine = lazily(async () => (await import('../people/keys-line.tsx')).KeysLine);
const ExpiryLine = lazily(async () => (await import('../keeping/expiry-line.tsx')).ExpiryLine);

/** Who came, who went, what the group is called now: a small line between the messages. */
export function ChangeLine({ conversation, change }: { conversation: Conversation; change: ConversationChange }): JSX.Element {
  const { words, shelf, session } = useApp();
  const known = { conversation, people: shelf.people.value, me: session.who.value?.person ?? '' };
  const name = nameOf(conversation, change.by, known.people, words);
  return <li class="change small"><Said change={change} known={known} name={name} /> <time class="numbers">{words.time(change.time)}</time></li>;
}

function Said({ change: { by, change }, known, name }: { change: ConversationChange; known: Known; name: string }): JSX.Element {
  const { words } = useApp();
  if (change.what === 'expiry') return <ExpiryLine seconds={change.seconds} mine={by === known.me} name={name} />;
  if (change.what === 'keys') return <KeysLine why={change.why} name={name} />;
  return <>{changeSentence({ by, change }, known, words)}</>;
}

interface Known {
  readonly conversation: Conversation;
  readonly people: readonly Person[];
  readonly me: Id;
}

export function changeSentence({ by, change }: { by: Id; change: Exclude<ConversationChange['change'], { what: 'expiry' | 'keys' }> }, { conversation, people, me }: Known, words: Words): string {
  const called = (person: Id): string => nameOf(conversation, person, people, words);
  const who = by === me ? 'Mine' : '';
  const name = called(by);
  switch (change.what) {
    case 'created':
    case 'left':
      return words.t(`change.${change.what}${who}`, { name });
    case 'titled':
      return words.t(`change.titled${who}`, { name, title: change.title });
    case 'added':
    case 'removed':
    case 'promoted':
      return words.t(`change.${change.what}${who}`, { name, people: words.names(change.people.map((one) => (one === me ? words.t('change.you') : called(one)))) });
    default:
      return unreachable(change);
  }
}
