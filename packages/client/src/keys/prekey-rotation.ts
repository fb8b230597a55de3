import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PublishedPrekey } from '@earshot/protocol/keys.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import { retentionOf } from '../keeping/expiry.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { MessageRow, PlaceRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { ephemeralRows } from '../stores/ephemeral-rows.ts';
import { below, keys } from '../stores/keys.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import { EphemeralKeys } from './ephemeral-keys.ts';
import { type HeldPrekey, newPrekey, rotation } from './ephemeral-prekeys.ts';
import type { Primitives } from './primitives.ts';
import { Ring } from './ring.ts';

export interface RotationPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly session: Session;
  readonly clock: Clock;
  readonly time: ServerTime;
  readonly bus: Bus;
  readonly tasks: Tasks;
  /** Resolves when everything that was sent to this device has been opened. */
  readonly catchUp: () => Promise<void>;
}

/** `published`: what others are to seal to; null once the server has it. */
export type PrekeyRow = HeldPrekey & { readonly device: Id; readonly published: PublishedPrekey | null };

/** Milliseconds. */
const LOOKS = 6 * 3_600_000;

/** Makes, publishes and erases this device's keys for what shall vanish. */
export class PrekeyRotation {
  readonly #ports: RotationPorts;

  constructor(ports: RotationPorts) {
    this.#ports = ports;
  }

  /** Goes on until the tasks end; looks again when somebody signs in, and when the server is there again. */
  async work(): Promise<void> {
    const { bus, tasks, clock } = this.#ports;
    let wake = new AbortController();
    const end = bus.on(({ type }) => {
      if (type === 'account' || type === 'connection') wake.abort();
    });
    while (!tasks.signal.aborted) {
      wake = new AbortController();
      const { signal } = wake;
      try {
        await this.look();
      } catch (error) {
        // What did not get through is told by the connection; with it comes the next look.
        if (!(error instanceof Failure)) throw error;
      }
      await clock.sleep(LOOKS, AbortSignal.any([tasks.signal, signal]));
    }
    end();
  }

  /** What is due now. Rejects with a network code; what was made is published the next time. */
  async look(): Promise<void> {
    const { store, primitives, session, time, catchUp } = this.#ports;
    const who = await session.current();
    if (who === null || who.locked) return;
    const device = await new Ring(store).device(who);
    const all = await this.#held();
    const { make, erase } = rotation(all.filter((one) => one.device === who.device), time.now());
    if (make !== null) {
      const { prekey: { device: _, ...published }, held } = await newPrekey(primitives, who.device, device.signing, make, time.now());
      const row = ephemeralRows.prekey(who.device, make);
      await store.commit([{ expect: row, value: undefined }, { put: row, value: { ...held, device: who.device, published } satisfies PrekeyRow }]);
    }
    await this.#publish(who.device);
    await new EphemeralKeys(store).sweep((message) => this.#isOver(message));
    // Those of this device under another name were for what was sent before it came in.
    const over = all.filter((one) => one.device !== who.device || erase.includes(one.number));
    if (over.length === 0) return;
    await catchUp();
    await store.commit(over.map((one): Change => ({ drop: ephemeralRows.prekey(one.device, one.number) })));
  }

  async #publish(device: Id): Promise<void> {
    const newest = (await this.#held()).findLast((one) => one.device === device);
    if (newest === undefined || newest.published === null) return;
    await this.#ports.api.call('publishPrekey', { body: newest.published });
    const row = ephemeralRows.prekey(device, newest.number);
    await this.#ports.store.commit([{ expect: row, value: newest }, { put: row, value: { ...newest, published: null } }]);
  }

  /** What was taken back can come back while it rests. */
  async #isOver(message: Id): Promise<boolean> {
    const { store, time } = this.#ports;
    const place = (await store.get(keys.at(message))) as PlaceRow | undefined;
    const row = place === undefined ? undefined : ((await store.get(keys.message(place.log, place.seq))) as MessageRow | undefined);
    return row !== undefined && row.removed !== null && row.content === null && row.removed.at + (await retentionOf(store)).rest < time.now();
  }

  async #held(): Promise<PrekeyRow[]> {
    return (await this.#ports.store.list(below('k/prekey'))).map(([, value]) => value as PrekeyRow);
  }
}
