import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { OutgoingFace, OutgoingTake } from '../earshot.ts';
import type { MessageRow, PlaceRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import type { Outbox } from './outbox.ts';
import { readRow } from './rows.ts';

/** How often a message is looked at that another process may be sending. Milliseconds. */
const LOOK = 1_000;

export class Outgoing implements OutgoingFace {
  readonly #outbox: Outbox;
  /** Wakes everything else that waits. */
  readonly #tryAll: () => void;

  constructor(outbox: Outbox, tryAll: () => void) {
    this.#outbox = outbox;
    this.#tryAll = tryAll;
  }

  begin({ take, conversation }: { take: Id; conversation: Id }): Promise<OutgoingTake> {
    return this.#outbox.begin(take, conversation);
  }

  reopen(take: Id): Promise<OutgoingTake | null> {
    return this.#outbox.reopen(take);
  }

  async tryNow(): Promise<void> {
    this.#outbox.tryNow();
    this.#tryAll();
    await this.#outbox.sweep();
  }

  async lookAgain(): Promise<void> {
    this.#outbox.lookAgain();
    this.#tryAll();
    await this.#outbox.sweep();
  }

  retry(message: Id): Promise<void> {
    return this.#outbox.retry(message);
  }

  async underWay(): Promise<ReadonlySet<Id>> {
    return new Set((await this.#outbox.underWay()).map(({ id }) => id));
  }

  async discard(message: Id): Promise<void> {
    await this.#outbox.cancel(message);
  }

  async stored(message: Id, { signal }: { signal?: AbortSignal } = {}): Promise<{ sha256: string; seq: number }> {
    const { bus, clock } = this.#outbox.ports;
    for (;;) {
      const change = new AbortController();
      const end = bus.on((happening) => {
        if (happening.type === 'changed' && happening.message === message) change.abort();
      });
      try {
        const stored = await this.#look(message);
        if (stored !== null) return stored;
        await clock.sleep(LOOK, signal === undefined ? change.signal : AbortSignal.any([signal, change.signal]));
        signal?.throwIfAborted();
      } finally {
        end();
      }
    }
  }

  async #look(message: Id): Promise<{ sha256: string; seq: number } | null> {
    const { store } = this.#outbox.ports;
    const row = await readRow(store, message);
    if (row?.state.at === 'set-aside') throw new Failure(row.state.code, row.state.evidence);
    // What was taken back is known once the log has it.
    if (row?.state.at === 'acknowledged' && row.takenBack !== true) return { sha256: row.event?.body.kind === 'message' ? row.event.body.sha256 : '', seq: row.state.seq };
    if (row !== null) return null;
    const place = (await store.get(keys.at(message))) as PlaceRow | undefined;
    const logged = place === undefined ? undefined : ((await store.get(keys.message(place.log, place.seq))) as MessageRow | undefined);
    if (logged === undefined) throw new Failure('not-found', { message });
    return { sha256: logged.content?.sha256 ?? '', seq: logged.seq };
  }
}
