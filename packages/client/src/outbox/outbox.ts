import type { Clock } from '@earshot/base/clock.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Session, SessionRow } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Locks } from '../locks.ts';
import type { Reach } from '../reach/reach.ts';
import type { EventSealer } from '../sealer.ts';
import type { Store } from '../store.ts';
import type { Tasks } from '../tasks.ts';
import { dropBytes, readBytes } from '../stores/bytes.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import { UploadsApi } from '../wire/uploads.ts';
import { BlobUpload, type UploadPorts } from './blob-upload.ts';
import { Lane, type Waiting } from './lane.ts';
import { PieceSize } from './piece-size.ts';
import type { OutboxRow, PartRow } from './row.ts';
import { changeRow, giveUp, listRows, readRow } from './rows.ts';
import { GrowingTake } from './take.ts';
import { withdraw } from './withdraw.ts';

export interface OutboxPorts {
  readonly store: Store;
  readonly events: EventSealer;
  readonly api: Api;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly random: Random;
  readonly session: Session;
  readonly bus: Bus;
  readonly tasks: Tasks;
  readonly reach: Reach;
}

/** How often rows are looked for that another process left behind. Milliseconds. */
const SWEEP = 30_000;

/** What was decided to be sent, and its way to the server. One lane per conversation; no lane waits for another. */
export class Outbox {
  readonly ports: OutboxPorts;
  readonly #uploadPorts: UploadPorts;
  readonly #uploads = new Map<Id, BlobUpload>();
  readonly #lanes = new Map<Id, Lane>();
  readonly #takes = new Map<Id, GrowingTake>();
  #running = false;

  constructor(ports: OutboxPorts) {
    this.ports = ports;
    this.#uploadPorts = { store: ports.store, uploads: new UploadsApi(ports.api), clock: ports.clock, pieceSize: new PieceSize() };
  }

  /** Whose events can leave from here now; nobody's while this device holds no keys. */
  async session(): Promise<SessionRow | null> {
    const session = await this.ports.session.current();
    return session?.locked === false ? session : null;
  }

  get signal(): AbortSignal {
    return this.ports.tasks.signal;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.ports.tasks.run(() => this.#sweeping());
    await this.sweep();
  }

  /** Looks at everything that is there, e.g. after signing in. */
  async sweep(): Promise<void> {
    for (const row of await listRows(this.ports.store, null)) {
      if (['released', 'posted', 'cancelled'].includes(row.state.at)) this.kick(row.conversation);
    }
  }

  /** Something in this conversation may be able to move. */
  kick(conversation: Id): void {
    if (!this.#running) return;
    let lane = this.#lanes.get(conversation);
    if (lane === undefined) {
      lane = new Lane(this, conversation);
      this.#lanes.set(conversation, lane);
    }
    lane.kick();
  }

  /** A person asked, or the network is another one: no waiting now. */
  tryNow(): void {
    for (const upload of this.#uploads.values()) upload.tryNow();
    for (const lane of this.#lanes.values()) lane.tryNow();
  }

  /** The device may be elsewhere by now: what waits for a way is tried, and what the server named a time for keeps that. */
  lookAgain(): void {
    for (const lane of this.#lanes.values()) lane.lookAgain();
  }

  /** The reasons for waiting read differently now. */
  tellAgain(): void {
    for (const lane of this.#lanes.values()) lane.tellAgain();
  }

  /** The server answers again. */
  nudge(): void {
    for (const upload of this.#uploads.values()) upload.nudge();
    for (const lane of this.#lanes.values()) lane.nudge();
  }

  /** What was decided to be sent, and is not at the server. */
  async underWay(): Promise<OutboxRow[]> {
    const { person } = await this.ports.session.unlocked();
    return (await listRows(this.ports.store, person)).filter(({ state }) => state.at === 'released' || state.at === 'posted');
  }

  /** Resolves when nothing is on its way any more but what is in `besides`; rejects, once all of it waits, with what stands in the way of the first. */
  async settled(besides: ReadonlySet<Id> = new Set()): Promise<void> {
    for (;;) {
      const changed = Promise.withResolvers<void>();
      const end = this.ports.bus.on(() => changed.resolve());
      try {
        const reasons = (await this.underWay()).filter(({ id }) => !besides.has(id)).map(({ conversation }) => this.waiting(conversation));
        if (!this.#running || !reasons.includes(null)) {
          const waiting = reasons.find((reason) => reason !== null);
          if (waiting) throw new Failure(waiting.code, waiting.evidence);
          if (reasons.length > 0) throw new Failure('network.offline', { reason: 'stopped' });
          return;
        }
        await changed.promise;
      } finally {
        end();
      }
    }
  }

  /** Why nothing of this conversation moves, as a person should read it. */
  waiting(conversation: Id): Waiting | null {
    const waiting = this.#lanes.get(conversation)?.waiting ?? null;
    return waiting && this.ports.reach.explain(waiting);
  }

  /** The upload of a part; one that this run did not begin has to ask where it stands. */
  upload(blob: Id): BlobUpload {
    let upload = this.#uploads.get(blob);
    if (upload === undefined) this.#uploads.set(blob, (upload = new BlobUpload(this.#uploadPorts, blob, false)));
    return upload;
  }

  /** A blob of which nothing was ever sent; `log` is the conversation for which it grows. */
  fresh(blob: Id, log: Id | null = null): void {
    this.#uploads.set(blob, new BlobUpload(this.#uploadPorts, blob, true, log));
  }

  stored(row: OutboxRow): number[] {
    return row.parts.map(({ blob }) => this.#uploads.get(blob)?.stored ?? 0);
  }

  oneRequest(row: OutboxRow): boolean[] {
    return row.parts.map(({ blob, sealed }) => this.#uploads.get(blob)?.isOneRequest(sealed) ?? false);
  }

  done(row: OutboxRow): void {
    // What was shown goes on growing.
    if (row.event?.body.kind === 'draft') return;
    for (const { blob } of row.parts) this.#uploads.delete(blob);
    this.#takes.delete(row.id);
  }

  forget(take: Id): void {
    this.#takes.delete(take);
  }

  async begin(take: Id, conversation: Id): Promise<GrowingTake> {
    const { person, device } = await this.ports.session.required();
    const row: OutboxRow = { id: take, owner: person, conversation, made: this.ports.clock.now(), state: { at: 'growing' }, parts: [], event: null };
    const created = await this.ports.store.commit([{ expect: keys.row(take), value: undefined }, { expect: keys.at(take), value: undefined }, { put: keys.row(take), value: row }]);
    const growing = created ? new GrowingTake(this, row, device) : await this.reopen(take);
    if (growing === null) throw new Failure('event.conflict', { take });
    this.#takes.set(take, growing);
    return growing;
  }

  async reopen(take: Id): Promise<GrowingTake | null> {
    const { person, device } = await this.ports.session.required();
    const row = await readRow(this.ports.store, take);
    if (row?.state.at !== 'growing' || row.owner !== person) return null;
    const known = this.#takes.get(take);
    if (known !== undefined) return known;
    const finished = await this.#finishParts(row);
    const growing = new GrowingTake(this, finished, device);
    this.#takes.set(take, growing);
    this.grown(growing);
    return growing;
  }

  /** After a crash the last part ends with its last whole record. Nothing more is sealed under its key: what was not in whole records becomes a part of its own. */
  async #finishParts(row: OutboxRow): Promise<OutboxRow> {
    const { store } = this.ports;
    const parts: PartRow[] = [];
    for (const part of row.parts) {
      if (part.sha256 !== null) parts.push(part);
      else if (part.packets > 0) parts.push({ ...part, cut: true, sha256: await sha256(await readBytes(store, part.blob, 0, part.sealed)) });
    }
    return (await changeRow(store, row.id, (now) => (now.state.at === 'growing' ? { ...now, parts } : null))) ?? row;
  }

  /** New bytes of a growing take are on this device's disk. */
  grown(take: GrowingTake): void {
    if (!this.#running) return;
    // A turn later: a take that ends at once travels as a whole, in one request.
    this.ports.tasks.run(async () => {
      await this.ports.clock.sleep(0, this.signal);
      if (!take.sending) await this.#grow(take);
    });
  }

  /** Faults here are met again, and named, when the take is sent; meanwhile each new record tries anew. */
  async #grow(take: GrowingTake): Promise<void> {
    const tell = (): void => this.#progress(take);
    tell();
    const open = take.parts.filter((part) => this.upload(part.blob).stored < part.sealed);
    await Promise.allSettled(open.map((part) => this.upload(part.blob).reach(part.sealed, part.sha256 !== null, this.signal, tell)));
  }

  #progress(take: GrowingTake): void {
    let packetsStored = 0;
    for (const { blob, packets, sealed } of take.parts) {
      const stored = this.#uploads.get(blob)?.stored ?? 0;
      packetsStored += Math.floor((packets * Math.min(stored, sealed)) / Math.max(1, sealed));
      if (stored < sealed) break;
    }
    this.ports.bus.announceHere({ type: 'progress', take: take.take, packetsStored, packetsTaken: take.packets });
  }

  /** A take was released: it goes on its way. */
  released(id: Id, conversation: Id): void {
    this.#takes.delete(id);
    this.kick(conversation);
    this.ports.bus.announce({ type: 'changed', conversation, message: id });
  }

  /** Gives up what is not on the server yet. Resolves to false when it may be there already. Its id is free at once: a discarded take may be brought back. `following`: only what was discarded on another device, and not brought back since. */
  async cancel(id: Id, following = false): Promise<boolean> {
    const session = await this.ports.session.current();
    const row = await transact(this.ports.store, async (transaction) => {
      const now = await transaction.get<OutboxRow>(keys.row(id));
      if (now === undefined || !['growing', 'released', 'set-aside'].includes(now.state.at) || (following && now.shown?.discarded !== true)) return null;
      if (session !== null) await withdraw(this.ports, transaction, session, id);
      giveUp(transaction, now, makeId(this.ports.random));
      return now;
    });
    if (row === null) return false;
    await this.stopUnwanted(row);
    this.#takes.delete(id);
    this.kick(row.conversation);
    this.ports.bus.announce({ type: 'changed', conversation: row.conversation, message: id });
    return true;
  }

  /** Once more, what was set aside; sealed anew, since others went before it meanwhile. */
  async retry(id: Id): Promise<void> {
    const row = await changeRow(this.ports.store, id, (now) => (now.state.at === 'set-aside' ? { ...now, event: again(now), state: { at: 'posted', order: now.state.order } } : null));
    if (row === null) return;
    for (const { blob } of row.parts) this.upload(blob).doubt();
    this.ports.bus.announce({ type: 'changed', conversation: row.conversation, message: id });
    this.kick(row.conversation);
  }

  /** A row that is no more: what of it nothing else names travels no further. A draft that is shown anew names the sound of the one before. */
  async stopUnwanted({ parts }: OutboxRow): Promise<void> {
    const rows = await listRows(this.ports.store, null);
    const wanted = new Set(rows.flatMap(({ state, parts: named }) => (state.at === 'cancelled' ? [] : named.map(({ blob }) => blob))));
    for (const { blob } of parts) if (!wanted.has(blob)) this.upload(blob).stop();
  }

  /** The uploads of a cancelled row are ended; then nothing of it is left. */
  async end(row: OutboxRow): Promise<void> {
    for (const { blob } of row.parts) await this.upload(blob).end();
    const bytes = await Promise.all(row.parts.map(({ blob }) => dropBytes(this.ports.store, blob)));
    await this.ports.store.commit([{ drop: keys.row(row.id) }, ...bytes.flat()]);
    this.done(row);
  }

  async #sweeping(): Promise<void> {
    while (!this.signal.aborted) {
      await this.ports.clock.sleep(SWEEP, this.signal);
      // A round that fails is told, and the next one comes all the same.
      this.ports.tasks.run(() => this.sweep());
    }
  }
}

function again({ event }: OutboxRow): OutboxRow['event'] {
  return event && { ...event, sealed: null };
}
