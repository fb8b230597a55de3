import type { Id } from '@earshot/base/ids.ts';
import { closeCodes } from '@earshot/protocol/live.ts';
import type { Hint } from '../fanout/fanout.ts';
import type { RecentEvents } from '../logs/recent-events.ts';
import type { Ports, Session } from '../ports.ts';

/** An open connection as the hub sees it. */
export interface Connection extends Pick<Session, 'person' | 'device'> {
  /** Sends one frame; the connection closes itself when its reader is too slow. */
  send(frame: string): void;
  close(code: number): void;
}

/** All open connections of this process, by person: turns hints into frames. */
export class Hub {
  readonly #ports: Ports;
  readonly #recent: RecentEvents;
  readonly #people = new Map<Id, { readonly connections: Set<Connection>; readonly stop: () => void }>();
  #foreignWrites = -1;

  constructor(ports: Ports, recent: RecentEvents) {
    this.#ports = ports;
    this.#recent = recent;
  }

  /** Takes a connection in. When the device has too many, its oldest ones close. Answers how it is taken out again. */
  add(connection: Connection): () => void {
    const { person, device } = connection;
    const entry = this.#people.get(person) ?? { connections: new Set<Connection>(), stop: this.#ports.fanout.subscribe(person, (_, hint) => this.#hear(person, hint)) };
    this.#people.set(person, entry);
    entry.connections.add(connection);
    const same = [...entry.connections].filter((other) => other.device === device);
    for (const oldest of same.slice(0, -this.#ports.limits.connectionsPerDevice)) {
      // At once: it counts no more, whether its peer answers the goodbye or not.
      entry.connections.delete(oldest);
      oldest.close(closeCodes.tooManyConnections);
    }
    void this.#requireSession(connection);
    return () => {
      entry.connections.delete(connection);
      if (entry.connections.size > 0 || this.#people.get(person) !== entry) return;
      this.#people.delete(person);
      entry.stop();
    };
  }

  /** Another process (the operator's command) may have ended sessions: cheap as long as nobody else writes. */
  async recheck(): Promise<void> {
    const writes = await this.#ports.store.devices.foreignWrites();
    if (writes === this.#foreignWrites) return;
    this.#foreignWrites = writes;
    const connections = Array.from(this.#people.values(), (entry) => Array.from(entry.connections)).flat();
    const ended = new Set(await this.#ports.store.devices.ended([...new Set(connections.map((connection) => connection.device))]));
    for (const connection of connections) if (ended.has(connection.device)) connection.close(closeCodes.sessionEnded);
  }

  /** A session that ended between its admission and now told nobody here. */
  async #requireSession(connection: Connection): Promise<void> {
    try {
      const ended = await this.#ports.store.devices.ended([connection.device]);
      if (ended.length > 0) connection.close(closeCodes.sessionEnded);
    } catch {
      // A store that cannot be asked tells whoever writes to it: nothing is let in by this that was not admitted.
    }
  }

  /** Whether the device has an open connection here. */
  connected(person: Id, device: Id): boolean {
    return this.#connections(person).some((connection) => connection.device === device);
  }

  closeAll(code: number): void {
    for (const entry of this.#people.values()) for (const connection of entry.connections) connection.close(code);
  }

  #hear(person: Id, hint: Hint): void {
    switch (hint.kind) {
      case 'event':
        if (hint.changed) this.#recent.forget(hint.log, hint.seq);
        return this.#push(person, hint.log, hint.seq);
      case 'cursor':
        return this.#send(person, JSON.stringify({ type: 'cursor', log: hint.log, ...hint.cursor }));
      case 'changed':
        return this.#send(person, `{"type":"changed","what":"${hint.what}"}`);
      case 'growing':
        return this.#send(person, `{"type":"growing","log":"${hint.log}","upload":"${hint.upload}","length":${hint.length}}`);
      case 'ended':
        for (const connection of this.#connections(person)) if (hint.device === null || connection.device === hint.device) connection.close(closeCodes.sessionEnded);
    }
  }

  #push(person: Id, log: Id, seq: number): void {
    for (const connection of this.#connections(person)) this.#pushTo(connection, log, seq);
  }

  #pushTo(connection: Connection, log: Id, seq: number): void {
    const frame = this.#recent.frame(connection, log, seq);
    if (!(frame instanceof Promise)) {
      if (frame !== null) connection.send(frame);
      return;
    }
    frame.then(
      (found) => {
        if (found !== null) connection.send(found);
      },
      // Only haste is lost: the device's cursor brings the event.
      (error: unknown) => this.#ports.log.warn('event not pushed', { log, seq, reason: error instanceof Error ? error.message : 'unknown' }),
    );
  }

  #send(person: Id, frame: string): void {
    for (const connection of this.#connections(person)) connection.send(frame);
  }

  #connections(person: Id): readonly Connection[] {
    return [...(this.#people.get(person)?.connections ?? [])];
  }
}
