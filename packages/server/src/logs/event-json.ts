import type { EventClass } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant, OwnGrant } from '@earshot/protocol/keys.ts';
import type { StoredEvent } from '../store/log-store.ts';

/** What comes with an event for one reader alone. */
export type OwnKeys = Pick<StoredEvent, 'grant' | 'deviceGrant'>;

export const NO_KEYS: OwnKeys = { grant: null };

const KEYED: ReadonlySet<EventClass> = new Set<EventClass>(['create', 'members', 'key', 'chain']);

/** Whether keys for its readers may come with an event of this class: most have none, and nobody asks for them. */
export function keysWith(kind: EventClass): boolean {
  return KEYED.has(kind);
}

/** The `loggedEvent` of the wire as JSON. Envelope and body were checked when they came: they are passed on as they are. */
export function eventJson(event: StoredEvent): string {
  return withKeys(openJson(event), event);
}

/** All of an event that is the same for every reader: the beginning of its JSON, to be ended by `withKeys`. */
export function openJson({ seq, at, person, envelope, body, removed }: Omit<StoredEvent, 'grant'>): string {
  return `{"seq":${seq},"at":${at},"person":"${person}","envelope":${envelope},"body":${body === null ? 'null' : `"${body}"`},"removed":${removed === null ? 'null' : JSON.stringify(removed)},"grant":`;
}

export function withKeys(open: string, { grant, deviceGrant }: OwnKeys): string {
  return `${open}${grantJson(grant)}${deviceGrant === undefined ? '' : `,"deviceGrant":${deviceGrantJson(deviceGrant)}`}}`;
}

function grantJson(grant: OwnGrant | null): string {
  return grant === null ? 'null' : `{"account":${grant.account},"sealed":"${grant.sealed}"}`;
}

function deviceGrantJson(grant: DeviceGrant | null): string {
  return grant === null ? 'null' : `{"device":"${grant.device}","prekey":${grant.prekey},"sealed":"${grant.sealed}"}`;
}
