import type { Id } from '@earshot/base/ids.ts';
import { NO_KEYS, openJson, withKeys } from './event-json.ts';
import type { Ports } from '../ports.ts';
import type { Reader, StoredEvent } from '../store/log-store.ts';

export interface RecentEvent {
  /** The frame that tells a device of the event, all but the reader's own keys in it. */
  readonly open: string;
  readonly readers: ReadonlySet<Id>;
  /** Whether keys for its readers may have come with it. */
  readonly keyed: boolean;
}

const REMEMBERED = 256;
/** Larger ones are read again: bodies of 64 KiB each would be 20 MB. */
const LARGEST = 16_384;

/** The latest events as frames, because each is wanted once for every device of every member. Only a cache of the store. */
export class RecentEvents {
  readonly #ports: Ports;
  readonly #events = new Map<string, Promise<RecentEvent | null> | RecentEvent>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  remember(log: Id, event: Omit<StoredEvent, 'grant'>, readers: readonly Id[], keyed: boolean): void {
    const recent = { open: openFrame(log, event), readers: new Set(readers), keyed };
    if (recent.open.length <= LARGEST) this.#keep(`${log}:${event.seq}`, recent);
  }

  forget(log: Id, seq: number): void {
    this.#events.delete(`${log}:${seq}`);
  }

  #find(log: Id, seq: number): RecentEvent | Promise<RecentEvent | null> {
    const known = this.#events.get(`${log}:${seq}`);
    if (known) return known;
    const reading = this.#read(log, seq);
    this.#keep(`${log}:${seq}`, reading);
    reading.catch(() => this.forget(log, seq));
    return reading;
  }

  /** The frame for one reader; null when the event is not for her. Answered at once where nothing has to be read. */
  frame(reader: Reader, log: Id, seq: number): string | null | Promise<string | null> {
    const event = this.#find(log, seq);
    return event instanceof Promise ? event.then((found) => found && this.#frame(reader, log, seq, found)) : this.#frame(reader, log, seq, event);
  }

  #frame(reader: Reader, log: Id, seq: number, event: RecentEvent): string | null | Promise<string | null> {
    if (!event.readers.has(reader.person)) return null;
    if (!event.keyed) return `${withKeys(event.open, NO_KEYS)}}`;
    return this.#ports.store.logs.keys(reader, log, seq).then((keys) => `${withKeys(event.open, keys)}}`);
  }

  async #read(log: Id, seq: number): Promise<RecentEvent | null> {
    const found = await this.#ports.store.logs.event(log, seq, this.#ports.clock.now());
    return found && { open: openFrame(log, found.event), readers: new Set(found.readers), keyed: found.keyed };
  }

  #keep(key: string, event: RecentEvent | Promise<RecentEvent | null>): void {
    this.#events.set(key, event);
    if (this.#events.size <= REMEMBERED) return;
    for (const oldest of this.#events.keys()) {
      this.#events.delete(oldest);
      break;
    }
  }
}

function openFrame(log: Id, event: Omit<StoredEvent, 'grant'>): string {
  return `{"type":"event","log":"${log}","event":${openJson(event)}`;
}
