import { fromBase64Url } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { DraftBody } from '@earshot/protocol/bodies.ts';
import type { Conversation, ConversationMember, Message, MessageState } from '../earshot.ts';
import type { Draft } from '../earshot-drafts.ts';
import { restsSince } from '../keeping/ending.ts';
import type { Waiting } from '../outbox/lane.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { contentOf } from './content.ts';
import { type Custody, recipientsOf } from './recipients.ts';
import type { LogRow, MessageContent, MessageRow } from './row.ts';

/** What the interface sees, made from rows. Pure. */

type Self = Pick<Person, 'handle' | 'name'> & { readonly person: Id };

export function viewMessage(row: MessageRow, me: Id, custody: Custody, place = 0): Message {
  const mine = row.person === me;
  const recipients = mine ? recipientsOf(row, custody) : [];
  const deliveredTo = recipients.flatMap(({ person, devices }) => devices.flatMap(({ device, delivered }) => (delivered === null ? [] : [{ person, device, at: delivered }])));
  const heardBy = row.heardBy.filter(({ person }) => person !== row.person);
  const state: MessageState = { at: heardBy.length > 0 ? 'heard' : deliveredTo.length > 0 ? 'delivered' : 'stored' };
  return {
    id: row.id, conversation: row.log, seq: row.seq, time: row.at, from: row.person, mine, state, kept: row.kept ?? null, recipients, deliveredTo, heardBy,
    heard: mine || row.heard, place, here: row.here, failure: row.failure, words: row.words || null,
    ...viewKeeping(row, me),
    ...viewContent(row.content),
  };
}

function viewKeeping(row: MessageRow, me: Id): Pick<Message, 'expiry' | 'expires' | 'keptFor' | 'removed' | 'resting'> {
  const { expiry, ends = null, keep = null, removed } = row;
  const rests = restsSince(row, me) !== null;
  return {
    expiry: expiry === undefined ? null : { seconds: expiry }, keptFor: keep && { by: keep.by, at: keep.at },
    expires: rests || removed !== null ? null : ends,
    removed: removed && { at: removed.at, by: removed.by, rule: removed.rule ?? 'removed' },
    resting: rests && ends !== null ? { until: ends, whose: removed === null ? 'me' : 'everyone' } : null,
  };
}

function viewContent(content: MessageContent | null): Pick<Message, 'samples' | 'seconds' | 'waveform' | 'sha256' | 'fileName' | 'forwarded'> {
  if (content === null) return { samples: 0, seconds: 0, waveform: new Uint8Array(), sha256: '', fileName: null, forwarded: null };
  const { samples, waveform, sha256, fileName, forwarded } = content;
  return { samples, seconds: samples / 48_000, waveform: bytesOf(waveform), sha256, fileName, forwarded: forwarded === undefined ? null : { said: forwarded.said ?? null } };
}

/** A waveform is decoration: one that is not base64url is drawn as none. */
function bytesOf(text: string): Uint8Array {
  return /^[\w-]*$/.test(text) && text.length % 4 !== 1 ? fromBase64Url(text) : new Uint8Array();
}

export function viewDraft({ take, conversation, made, device, message }: DraftBody): Draft {
  return { take, conversation, made, device, seconds: message.samples / 48_000, waveform: bytesOf(message.waveform) };
}

/** A message that is not in the log yet. `uploaded`: bytes of each part that the server has. */
export function viewOutgoing(row: OutboxRow, uploaded: readonly number[], waiting: Waiting | null): Message | null {
  const body = row.event?.body;
  if (body?.kind !== 'message' || row.state.at === 'growing' || row.state.at === 'cancelled') return null;
  if (row.takenBack === true) return null;
  const acknowledged = row.state.at === 'acknowledged' ? row.state : null;
  return {
    id: row.id, conversation: row.conversation, seq: acknowledged?.seq ?? null, time: acknowledged?.time ?? row.made,
    from: row.owner, mine: true, state: outgoingState(row, uploaded, waiting),
    kept: row.parts.length === 0 ? null : { begun: row.begun ?? row.made, at: row.made }, recipients: [], deliveredTo: [], heardBy: [],
    heard: true, place: 0, here: true, failure: null, words: null,
    expiry: row.event?.envelope.expiry === undefined || row.event.envelope.expiry === 'never' ? null : { seconds: row.event.envelope.expiry.heard },
    expires: null, keptFor: null, removed: null, resting: null,
    ...viewContent(contentOf(body)),
  };
}

function outgoingState(row: OutboxRow, uploaded: readonly number[], waiting: Waiting | null): MessageState {
  if (row.state.at === 'acknowledged') return { at: 'stored' };
  if (row.state.at === 'set-aside') return { at: 'set-aside', code: row.state.code, evidence: row.state.evidence };
  const bytes = row.parts.reduce((sum, { sealed }) => sum + sealed, 0);
  const bytesStored = row.parts.reduce((sum, { sealed }, at) => sum + Math.min(sealed, uploaded[at] ?? 0), 0);
  return { at: 'sending', posted: row.state.at === 'posted', bytes, bytesStored, waiting };
}

/** `self` is whoever is signed in: nobody is among the people she sees herself. */
export function viewConversation(row: LogRow, self: Self, { people, last, expiry }: { people: ReadonlyMap<Id, Person>; last: Message | null; expiry: number | null }): Conversation {
  // Whom the server names and no member has let in is nobody: nothing is sealed for them either.
  const named = row.members.filter(({ person, left }) => left !== null || row.roster === null || row.roster.members.some((member) => member.person === person));
  const members = named.map(({ person, role, left }): ConversationMember => {
    const known = person === self.person ? self : people.get(person);
    return { person, role, active: left === null, handle: known?.handle ?? '', name: known?.name ?? '' };
  });
  return {
    id: row.id, kind: row.kind, title: row.title, members, unheard: row.unheard + (row.aside?.unheard ?? 0), muted: row.muted, expiry,
    closed: closedBecause(row, self.person, people),
    at: Math.max(row.at, row.aside?.at ?? 0, last?.time ?? 0), last,
  };
}

function closedBecause(row: LogRow, me: Id, people: ReadonlyMap<Id, Person>): Conversation['closed'] {
  const own = row.members.find(({ person }) => person === me);
  if (own !== undefined && own.left !== null) return row.removedBy === null || row.removedBy === me ? 'left' : 'removed';
  if (row.kind !== 'direct') return null;
  const other = people.get(row.members.find(({ person }) => person !== me)?.person ?? '');
  if (other?.state === 'deleted') return 'account-deleted';
  return other?.blocked === true ? 'blocked' : null;
}
