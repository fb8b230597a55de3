import type { Id } from '@earshot/base/ids.ts';
import type { Ports } from '../ports.ts';
import type { StoredBlob } from '../store/upload-store.ts';

/** Uploads of which it is remembered when they were told: more than ever grow at once on one machine. */
const REMEMBERED = 4_096;

/**
 * Tells the members of a conversation that a blob for it grows, so that their devices may fetch ahead. Only haste depends on it: what is
 * not told is fetched when the event is there.
 */
export class Growing {
  readonly #ports: Ports;
  /** When each was told of last, the longest ago first. */
  readonly #told = new Map<Id, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  grown({ id, log }: StoredBlob, length: number): void {
    const now = this.#ports.clock.now();
    const last = this.#told.get(id);
    if (log === null || (last !== undefined && now - last < this.#ports.limits.growingEvery)) return;
    this.#told.delete(id);
    this.#told.set(id, now);
    this.#forgetSome();
    this.#tell(id, log, length);
  }

  /** It was taken back; whoever was told is told that as well. */
  ended({ id, log }: StoredBlob): void {
    if (this.#told.delete(id) && log !== null) this.#tell(id, log, null);
  }

  #tell(upload: Id, log: Id, length: number | null): void {
    this.#ports.store.uploads.audience(upload).then(
      (people) => this.#ports.fanout.publish(people, { kind: 'growing', log, upload, length }),
      (error: unknown) => this.#ports.log.warn('growing not told', { reason: error instanceof Error ? error.message : 'unknown' }),
    );
  }

  #forgetSome(): void {
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED) return;
      this.#told.delete(oldest);
    }
  }
}
