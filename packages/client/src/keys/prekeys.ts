import type { Id } from '@earshot/base/ids.ts';
import type { Prekey } from '@earshot/protocol/keys.ts';
import { type Retention, usualRetention } from '@earshot/protocol/retention.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Session, SessionRow } from '../account/session.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { EventRow, MessageRow } from '../replica/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import type { EphemeralKeys } from './ephemeral-keys.ts';
import { GRACE, type HeldPrekey, newPrekey, publicPrekey, rotation, within } from './ephemeral-prekeys.ts';
import type { Primitives } from './primitives.ts';
import type { Ring } from './ring.ts';

export interface PrekeyPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly session: Session;
  readonly time: ServerTime;
  readonly ring: Ring;
  readonly ephemeral: EphemeralKeys;
  /** Brings the replica to where the server is now, with all that can be opened. */
  readonly catchUp: () => Promise<void>;
}

/** With what is still to be published of it. */
type PrekeyRow = HeldPrekey & { readonly unpublished?: Prekey };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** So much longer prekeys stay where a chain that may have been sealed to them could not be opened yet. */
const WAITED_FOR = 21 * DAY;
/** The server may have a higher number than a store that was brought back; it says so once. */
const ROUNDS = 3;

/** Publishes this device's prekeys and erases them in time, with all else that is kept of what has vanished. */
export class Prekeys {
  readonly #ports: PrekeyPorts;
  /** When the server was shown the newest one last, by its clock; null: not in this run. */
  #shown: number | null = null;

  constructor(ports: PrekeyPorts) {
    this.#ports = ports;
  }

  /** Does what is due, by the server's time. Rejects with what a request met. */
  async look(): Promise<void> {
    const { session, store, time } = this.#ports;
    const current = await session.current();
    if (current === null || current.locked || time.now() === 0) return;
    // The first one was made before the server's time was heard.
    const { device } = current;
    for (const row of await this.#rows(device)) if (row.made === 0) await store.commit([{ expect: keys.prekey(device, row.number), value: row }, { put: keys.prekey(device, row.number), value: { ...row, made: time.now() } }]);
    await this.#renew(current, await this.#showAgain(current));
    const old = await this.#old(device, GRACE);
    if (old.length === 0 || !(await this.#allCame())) return;
    const over = (await this.#waits()) ? await this.#old(device, GRACE + WAITED_FOR) : old;
    // Signed out and in again meanwhile it is called otherwise, and needs what it has under that name.
    if ((await session.current())?.device === device) await this.#erase(over);
  }

  /** A device that has just been let in is one that others can seal to from its first moment. What the network does not let through goes out with `look`. */
  async first(session: SessionRow): Promise<void> {
    try {
      await this.#renew(session);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** A server that was brought back from an older backup has lost it; a store that was, learns that it has counted further before. Answers from where on to count. */
  async #showAgain(session: SessionRow): Promise<number> {
    const { api, primitives, ring, time } = this.#ports;
    const rows = await this.#rows(session.device);
    const newest = rows.at(-1);
    if (newest === undefined || rows.some(({ unpublished }) => unpublished !== undefined) || (this.#shown !== null && within(this.#shown, time.now(), HOUR))) return 1;
    const { id, signing } = await ring.device(session);
    const prekey = await publicPrekey(primitives, id, signing, newest);
    const inForce = await api.call('putPrekey', { body: prekey });
    this.#shown = time.now();
    return inForce.key === prekey.key ? 1 : inForce.number + 1;
  }

  async #renew(session: SessionRow, from = 1): Promise<void> {
    for (let round = 0, least = from; round < ROUNDS; round += 1) {
      const due = await this.#due(least, session);
      const published = due === null ? null : await this.#publish(session, due);
      if (published === null || published.number < least) break;
      least = published.number + 1;
    }
  }

  /** Those of what this device is called now: to each session it is another one, and nobody seals to what it was called before. */
  async #rows(device: Id): Promise<PrekeyRow[]> {
    return (await this.#ports.store.list(below(`k/prekey/${device}`))).map(([, value]) => value as PrekeyRow);
  }

  /** The prekey to publish: one that was not, or the next, which is on the disk before anybody can seal to it. */
  async #due(least: number, session: SessionRow): Promise<PrekeyRow | null> {
    const { store, primitives, ring, time } = this.#ports;
    const rows = await this.#rows(session.device);
    const waiting = rows.find(({ unpublished, number }) => unpublished !== undefined && number >= least);
    if (waiting !== undefined) return waiting;
    const { make } = rotation(rows.filter(({ unpublished }) => unpublished === undefined), time.now());
    const next = make ?? (least > (rows.at(-1)?.number ?? 0) ? least : null);
    if (next === null) return null;
    const { id, signing } = await ring.device(session);
    const { prekey, held } = await newPrekey(primitives, id, signing, Math.max(next, least), time.now());
    const row: PrekeyRow = { ...held, unpublished: prekey };
    // Another page of this browser may be doing the same.
    const first = await store.commit([{ expect: keys.prekey(id, row.number), value: undefined }, { put: keys.prekey(id, row.number), value: row }]);
    return first ? row : null;
  }

  /** Answers the one in force instead where the server knows a higher number already. */
  async #publish({ device }: SessionRow, { unpublished, ...row }: PrekeyRow): Promise<{ readonly number: number } | null> {
    const { store, api, time } = this.#ports;
    if (unpublished === undefined) return null;
    const inForce = await api.call('putPrekey', { body: unpublished });
    const taken = inForce.key === unpublished.key;
    // Others sealed to the one before until now: from now on its days are counted.
    await store.commit([taken ? { put: keys.prekey(device, row.number), value: { ...row, made: time.now() } } : { drop: keys.prekey(device, row.number) }]);
    return taken ? null : inForce;
  }

  /** Where prekeys lie that others followed so long ago; with them go those of what this device was called before. */
  async #old(device: Id, grace: number): Promise<string[]> {
    const { store, time } = this.#ports;
    const old = rotation(await this.#rows(device), time.now(), grace).erase.map((number) => keys.prekey(device, number));
    if (old.length === 0) return [];
    const all = (await store.list(below('k/prekey'))).map(([key]) => key);
    return [...old, ...all.filter((key) => !key.startsWith(`k/prekey/${device}/`))];
  }

  /** Whether everything that was sealed to an old prekey until it was replaced is here. */
  async #allCame(): Promise<boolean> {
    const { store, catchUp } = this.#ports;
    await catchUp();
    return (await store.list({ ...below('r/aside'), limit: 1 })).length === 0;
  }

  /** Whether a chain is among what could not be opened yet, because somebody's word is lacking. It may never come. */
  async #waits(): Promise<boolean> {
    const { store } = this.#ports;
    for (const [key] of await store.list(below('r/late'))) {
      const [, , log = '', seq = ''] = key.split('/');
      const event = (await store.get(keys.event(log, Number(seq)))) as EventRow | undefined;
      if (event?.envelope.class === 'chain') return true;
    }
    return false;
  }

  async #erase(prekeys: readonly string[]): Promise<void> {
    const { store, ephemeral, time } = this.#ports;
    await store.commit(prekeys.map((drop): Change => ({ drop })));
    await ephemeral.retire(time.now() - DAY);
    const { rest } = ((await store.get(keys.retention)) as Retention | undefined) ?? usualRetention;
    await ephemeral.erase(async (log: Id, seq: number) => {
      const { removed } = ((await store.get(keys.message(log, seq))) as MessageRow | undefined) ?? { removed: null };
      return removed !== null && ((removed.rule ?? 'removed') !== 'removed' || removed.at + rest + DAY < time.now());
    });
  }
}
