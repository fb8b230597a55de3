import type { Id } from '@earshot/base/ids.ts';
import { eventJson } from './event-json.ts';
import type { Ports } from '../ports.ts';

export interface RecentEvent {
  /** The frame that tells a device of the event. */
  readonly frame: string;
  readonly readers: ReadonlySet<Id>;
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

  remember(log: Id, seq: number, json: string, readers: readonly Id[]): void {
    const event = { frame: frameOf(log, json), readers: new Set(readers) };
    if (event.frame.length <= LARGEST) this.#keep(`${log}:${seq}`, event);
  }

  forget(log: Id, seq: number): void {
    this.#events.delete(`${log}:${seq}`);
  }

  find(log: Id, seq: number): RecentEvent | Promise<RecentEvent | null> {
    const known = this.#events.get(`${log}:${seq}`);
    if (known) return known;
    const reading = this.#read(log, seq);
    this.#keep(`${log}:${seq}`, reading);
    reading.catch(() => this.forget(log, seq));
    return reading;
  }

  async #read(log: Id, seq: number): Promise<RecentEvent | null> {
    const found = await this.#ports.store.logs.event(log, seq);
    return found && { frame: frameOf(log, eventJson(found.event)), readers: new Set(found.readers) };
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

function frameOf(log: Id, json: string): string {
  return `{"type":"event","log":"${log}","event":${json}}`;
}
