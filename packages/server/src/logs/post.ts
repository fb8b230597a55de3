import { directLogId, groupLogId, type Envelope, type PostedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PostAnswer } from '@earshot/protocol/logs.ts';
import type { Ports, Session } from '../ports.ts';
import type { AppendCommand, AppendOutcome } from '../store/log-store.ts';
import { sumStored, type Uploads } from '../uploads/uploads.ts';
import { keysWith } from './event-json.ts';
import type { RecentEvents } from './recent-events.ts';

export interface Posting {
  readonly ports: Ports;
  readonly recent: RecentEvents;
  readonly uploads: Uploads;
}

type Parcel = Pick<AppendCommand, 'envelope' | 'text' | 'body' | 'grants' | 'deviceGrants' | 'misplaced'>;

/** Appends an event, tells the open connections, and answers its number. */
export async function postEvent({ ports, recent, uploads }: Posting, session: Session, log: string, posted: PostedEvent): Promise<PostAnswer> {
  const { envelope, body, grants = [], deviceGrants = [] } = posted;
  if (session.locked) throw new Failure('device.locked', {});
  if (envelope.log !== log) throw new Failure('request.invalid', { field: 'envelope.log' });
  if (envelope.device !== session.device) throw new Failure('request.invalid', { field: 'envelope.device' });
  if (new Set(envelope.blobs.map((blob) => blob.id)).size < envelope.blobs.length) throw new Failure('request.invalid', { field: 'envelope.blobs' });
  // Four characters of base64url are three bytes.
  if (Math.floor((body.length * 3) / 4) > ports.limits.bodyBytes) throw new Failure('limit.reached', { limit: 'bodyBytes', allowed: ports.limits.bodyBytes, seen: Math.floor((body.length * 3) / 4) });

  const text = JSON.stringify(envelope);
  const parcel = { envelope, text, body, grants, deviceGrants, misplaced: await isMisplaced(session, envelope) };
  const outcome = await append(ports, uploads, session, parcel);
  if (outcome.kind === 'appended') tell(ports, recent, session, parcel, outcome);
  return { seq: outcome.seq, at: outcome.at };
}

/** The id of a direct conversation follows from its two people, that of a group from the event that makes it: nobody can take the place of another one. */
async function isMisplaced(session: Session, envelope: Envelope): Promise<boolean> {
  if (envelope.class !== 'create') return false;
  if (envelope.membership?.kind !== 'direct') return envelope.log !== (await groupLogId(envelope.id));
  const others = (envelope.membership.add ?? []).filter((other) => other !== session.person);
  const [other = session.person] = others;
  if (others.length > 1) throw new Failure('request.invalid', { field: 'envelope.membership.add' });
  return envelope.log !== (await directLogId(session.person, other));
}

async function append(ports: Ports, uploads: Uploads, session: Session, parcel: Parcel): Promise<Extract<AppendOutcome, { kind: 'appended' | 'repeated' }>> {
  const { store, limits, retention } = ports;
  const { envelope } = parcel;
  const command = { ...parcel, person: session.person, membersAllowed: limits.membersPerConversation, conversationsAllowed: limits.conversationsPerPerson, retention };
  // An event may come on the heels of the last bytes that it names.
  await Promise.all(envelope.blobs.map(({ id }) => uploads.arrived(session.person, id)));
  // Each round computes one sum that was not known, so there are no more rounds than blobs (and one upload that grows meanwhile).
  for (let round = 0; round <= envelope.blobs.length + 1; round += 1) {
    // Only now: it may have waited for its bytes, and a later number carries no earlier time.
    const outcome = await store.logs.append({ ...command, at: ports.clock.now() });
    if (outcome.kind === 'refused') throw new Failure(outcome.code, outcome.evidence);
    if (outcome.kind === 'mismatch') {
      if (outcome.owned) await store.uploads.setAside(session.person, outcome.blob, 'blob.mismatch', ports.clock.now());
      throw new Failure('blob.mismatch', { blob: outcome.blob });
    }
    if (outcome.kind !== 'unsummed') return outcome;
    await store.uploads.setSum(outcome.blob, outcome.offset, await sumStored(ports, outcome.blob, outcome.offset));
  }
  throw new Failure('server.busy', {});
}

function tell(ports: Ports, recent: RecentEvents, session: Session, { envelope, text, body }: Parcel, outcome: Extract<AppendOutcome, { kind: 'appended' }>): void {
  const { seq, at, readers, changed } = outcome;
  recent.remember(envelope.log, { seq, at, person: session.person, envelope: text, body, removed: null }, readers, keysWith(envelope.class));
  ports.fanout.publish(readers, { kind: 'event', log: envelope.log, seq, changed: false });
  for (const target of changed) ports.fanout.publish(readers, { kind: 'event', log: envelope.log, seq: target, changed: true });
  if (!envelope.membership && envelope.class !== 'key') return;
  // Groups bring people together and part them.
  ports.fanout.publish(readers, { kind: 'changed', what: 'logs' });
  ports.fanout.publish(readers, { kind: 'changed', what: 'people' });
}
