import { Failure } from '@earshot/protocol/failures.ts';
import type { CursorCommand, CursorsAnswer, SyncCommand } from '@earshot/protocol/logs.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import { eventJson } from './event-json.ts';

/** About how much one answer holds: the rest is asked for again. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** The answer of `events` as JSON. */
export async function events(ports: Ports, session: Session, log: string, after: number, limit: number): Promise<string> {
  const page = await ports.store.logs.page(session, log, after, Math.max(1, Math.min(limit, ports.limits.eventsPerPage)), PAGE_BYTES, ports.clock.now());
  if (!page) throw new Failure('not-found', {});
  return `{"events":[${page.events.map(eventJson).join(',')}],"head":${page.head}}`;
}

export interface Synced {
  /** JSON of every log with its members, and of their events as many as fit into one answer. */
  readonly logs: string;
  /** Whether there are events among them. */
  readonly fresh: boolean;
  readonly more: boolean;
}

export async function sync(ports: Ports, session: Session, command: SyncCommand): Promise<Synced> {
  let left = command.limit ?? ports.limits.eventsPerPage;
  let bytes = PAGE_BYTES;
  let more = false;
  let fresh = false;
  const parts: string[] = [];
  for (const log of await ports.store.logs.of(session.person)) {
    const have = Object.hasOwn(command.have, log.id) ? (command.have[log.id] ?? 0) : 0;
    let found = '';
    if (have < log.head && (left <= 0 || bytes <= 0)) more = true;
    else if (have < log.head) {
      const page = await ports.store.logs.page(session, log.id, have, left, bytes, ports.clock.now());
      // What was said since the list was read comes with the next answer: no log is told shorter than what stands in it.
      const list = (page?.events ?? []).filter(({ seq }) => seq <= log.head);
      found = list.map(eventJson).join(',');
      fresh ||= list.length > 0;
      left -= list.length;
      bytes -= found.length;
      if ((list.at(-1)?.seq ?? log.head) < log.head) more = true;
    }
    parts.push(`{"log":${JSON.stringify(log)},"events":[${found}]}`);
  }
  return { logs: `[${parts.join(',')}]`, fresh, more };
}

/** This device holds the log up to `delivered`; the members are told. */
export async function setCursor(ports: Ports, session: Session, log: string, { delivered, troubles }: CursorCommand): Promise<void> {
  const outcome = await ports.store.logs.setCursor({ ...session, log, delivered, troubles: troubles ?? null, at: ports.clock.now() });
  if (outcome === 'ended') throw await sessionOver(ports, session);
  if (!outcome) throw new Failure('not-found', {});
  ports.fanout.publish(outcome.readers, { kind: 'cursor', log, cursor: outcome.cursor });
}

/** "Last seen" is told to the hour: enough to know why a message waits, too little to follow anybody's day. Milliseconds. */
const SEEN_GRAIN = 3_600_000;

export async function cursors(ports: Ports, session: Session, log: string): Promise<CursorsAnswer> {
  const found = await ports.store.logs.cursors(session.person, log);
  if (!found) throw new Failure('not-found', {});
  return { ...found, devices: found.devices.map((one) => ({ ...one, seen: one.seen === null ? null : one.seen - (one.seen % SEEN_GRAIN) })) };
}
