import type { StoredEvent } from '../store/log-store.ts';

/** The `loggedEvent` of the wire as JSON. Envelope and body were checked when they came: they are passed on as they are. */
export function eventJson({ seq, at, person, envelope, body, removed }: StoredEvent): string {
  return `{"seq":${seq},"at":${at},"person":"${person}","envelope":${envelope},"body":${body === null ? 'null' : `"${body}"`},"removed":${removed === null ? 'null' : JSON.stringify(removed)}}`;
}
