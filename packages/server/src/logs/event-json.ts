import type { OwnGrant } from '@earshot/protocol/keys.ts';
import type { StoredEvent } from '../store/log-store.ts';

/** The `loggedEvent` of the wire as JSON. Envelope and body were checked when they came: they are passed on as they are. */
export function eventJson(event: StoredEvent): string {
  return withGrant(openJson(event), event.grant);
}

/** All of an event that is the same for every reader: the beginning of its JSON, to be ended by `withGrant`. */
export function openJson({ seq, at, person, envelope, body, removed }: Omit<StoredEvent, 'grant'>): string {
  return `{"seq":${seq},"at":${at},"person":"${person}","envelope":${envelope},"body":${body === null ? 'null' : `"${body}"`},"removed":${removed === null ? 'null' : JSON.stringify(removed)},"grant":`;
}

export function withGrant(open: string, grant: OwnGrant | null): string {
  return `${open}${grant === null ? 'null' : `{"account":${grant.account},"sealed":"${grant.sealed}"}`}}`;
}
