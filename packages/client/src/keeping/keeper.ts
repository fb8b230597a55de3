import { aborted } from '@earshot/base/aborted.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Happening } from '../earshot.ts';
import { messageAt } from '../replica/message-in.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import { expiresAt, looksAt, restsSince } from './ending.ts';
import type { ServerTime } from './server-time.ts';
import { endMessage, restOf, takeAway, writeMessage } from './write.ts';

export interface KeeperPorts {
  readonly store: Store;
  readonly api: Api;
  readonly session: Session;
  readonly bus: Bus;
  readonly tasks: Tasks;
  readonly time: ServerTime;
  /** Brings this device to where the server is now. */
  readonly catchUp: () => Promise<void>;
}

/** Milliseconds. */
const LONG = 3_600_000;
/** After a round that met a full disk, or whatever else passes, the next one is tried; and the server is not asked more often. Milliseconds. */
const AGAIN = 30_000;
/** What changes within it is one round: messages that arrive by the thousand would be as many. Milliseconds. */
const PAUSE = 1_000;

/** Takes messages from this device when their time has come, by the server's time and without its help; tells it what this person holds no longer. */
export class Keeper {
  readonly #ports: KeeperPorts;
  #wake = new AbortController();
  /** Up to this time of the server what this person said in her own log is known on this device. */
  #caughtUp: { readonly device: Id; readonly upTo: number } | null = null;
  #catching = false;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
  }

  /** Goes on until the tasks end. */
  async work(): Promise<void> {
    const { bus, time, tasks } = this.#ports;
    const end = bus.on(({ type }) => {
      if (type === 'changed' || type === 'connection') this.#wake.abort();
    });
    while (!tasks.signal.aborted) {
      this.#wake = new AbortController();
      const next = await this.#tried();
      await time.sleep(PAUSE, tasks.signal);
      if (next === null) await aborted(AbortSignal.any([tasks.signal, this.#wake.signal]));
      else await time.sleep(Math.min(LONG, Math.max(1, next - time.now())), tasks.signal, this.#wake.signal);
    }
    end();
  }

  /** A failed round is reported, and the next one is tried all the same: nothing would end here any more after the first full disk. */
  async #tried(): Promise<number | null> {
    const { bus, time, tasks } = this.#ports;
    try {
      return await this.#round();
    } catch (error) {
      if (!(error instanceof Failure) || tasks.signal.aborted) throw error;
      bus.announceHere({ type: 'fault', code: error.code, evidence: error.evidence });
      return time.now() + AGAIN;
    }
  }

  /** When there is something to do again. */
  async #round(): Promise<number | null> {
    const { store, session, time } = this.#ports;
    const who = await session.current();
    if (who === null || who.locked) return null;
    await this.#tell();
    if (time.now() === 0) return null;
    const upTo = this.#caughtUp?.device === who.device ? this.#caughtUp.upTo : 0;
    const all = below('r/due');
    let waits = false;
    for (let from = all.from; ; ) {
      const [first] = await store.list({ ...all, from, limit: 1 });
      const at = first === undefined ? null : Number(first[0].split('/')[2]);
      if (first === undefined || at === null || at > time.now()) {
        if (waits) this.#catchUp(who.device);
        return at;
      }
      const waiting = await this.#look(who.person, first[0], upTo);
      waits ||= waiting;
      // What waits keeps its place: what comes after it is looked at all the same.
      if (waiting) from = `${first[0]}/`;
    }
  }

  /** What has rested its time may have been brought back on another device: first it is asked what this person said until now. */
  #catchUp(device: Id): void {
    const { tasks, time, catchUp } = this.#ports;
    if (this.#catching) return;
    this.#catching = true;
    const asked = time.now();
    tasks.run(async () => {
      try {
        await catchUp();
        this.#caughtUp = { device, upTo: Math.min(asked, time.now()) };
        this.#wake.abort();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
      await time.sleep(AGAIN, tasks.signal);
      this.#catching = false;
      this.#wake.abort();
    });
  }

  /** `upTo`: the time of the server up to which this person's own log is known. `true`: it waits until more of that is. */
  async #look(me: Id, key: string, upTo: number): Promise<boolean> {
    const { store, bus } = this.#ports;
    const { happenings, waits } = await transact(store, async (transaction) => {
      const told: Happening[] = [];
      const [, , , id = '', digits = ''] = key.split('/');
      const log = await transaction.get<LogRow>(keys.log(id));
      const row = await transaction.get<MessageRow>(keys.message(id, Number(digits)));
      const due = log !== undefined && row !== undefined && keys.due(looksAt(row, row.ends ?? null) ?? 0, id, row.seq) === key;
      if (!due) transaction.drop(key);
      const next = due ? await this.#judge(transaction, { me, upTo }, log, row, told) : undefined;
      if (next !== undefined && next !== null && next !== log) transaction.put(keys.log(id), next);
      return { happenings: told, waits: next === null };
    });
    for (const happening of happenings) bus.announce(happening);
    return waits;
  }

  /** What becomes of a message whose time it is; null: that is not known yet. */
  async #judge(transaction: Transaction, { me, upTo }: { me: Id; upTo: number }, log: LogRow, row: MessageRow, told: Happening[]): Promise<LogRow | null> {
    const { log: conversation, id: message, ends, removed, hidden } = row;
    const at = this.#ports.time.now();
    if (ends === undefined || ends > at) {
      if (ends !== undefined) told.push({ type: 'ending', conversation, message, at: ends });
      return await writeMessage(transaction, me, log, row, { ...row, warned: true });
    }
    const since = restsSince(row, me);
    const expired = removed === null ? expiresAt(row, log, me) : null;
    const rests = since === null ? null : since + (await restOf(transaction));
    const rested = rests !== null && rests <= at;
    const waits = rested && rests > upTo;
    if (expired !== null && expired <= at && (waits || expired <= (rests ?? expired))) return await endMessage(transaction, me, log, row, { at: expired, by: row.person, rule: 'expired' }, told);
    // What the server has not heard of begins to rest when it hears of it: not before now.
    if (rested && removed?.pending) return await writeMessage(transaction, me, log, row, { ...row, removed: { ...removed, at } });
    if (rested && removed === null && hidden?.pending) return await writeMessage(transaction, me, log, row, { ...row, hidden: { ...hidden, at } });
    if (!rested) return await writeMessage(transaction, me, log, row, row);
    if (waits || (removed === null && (await isReadAgain(transaction, me)))) return null;
    if (removed === null) {
      transaction.put(keys.letting(conversation, message), false);
      return await endMessage(transaction, me, log, row, { at: rests, by: me, rule: 'let-go', rested: true }, told);
    }
    told.push({ type: 'changed', conversation, message });
    return await writeMessage(transaction, me, log, row, { ...row, ...(await takeAway(transaction, row)), over: true });
  }

  /** Whether the server has not heard yet that she took it back: the rest that she ended would only begin when it does. */
  async #takesBack(letting: string): Promise<boolean> {
    const { store } = this.#ports;
    const row = await transact(store, (transaction) => messageAt(transaction, letting.split('/')[3] ?? ''));
    return row?.removed?.pending === true && row.removed.rule === 'removed';
  }

  /** Repeated until the server has heard it. */
  async #tell(): Promise<void> {
    const { store, api, tasks } = this.#ports;
    const waiting = new Map<string, string[]>();
    for (const [key, forGood] of await store.list(below('r/letting'))) {
      if (forGood === true && (await this.#takesBack(key))) continue;
      const group = `${key.split('/')[2] ?? ''} ${forGood === true}`;
      waiting.set(group, [...(waiting.get(group) ?? []), key].slice(0, limits.refersPerEvent));
    }
    for (const [group, found] of waiting) {
      const [log = '', forGood] = group.split(' ');
      const messages = found.map((key) => key.split('/')[3] ?? '');
      try {
        await api.call('letGo', { params: { log }, body: { messages, forGood: forGood === 'true' }, signal: tasks.signal });
      } catch (error) {
        // What this person cannot read she does not hold; anything else passes, and the next connection tries again.
        if (!(error instanceof Failure)) throw error;
        if (error.code !== 'not-found') continue;
      }
      await store.commit(found.map((drop) => ({ drop })));
    }
  }
}

/** Whether this person's own log is being read a second time: it may have come to where she deleted something, and not to where she brought it back. */
async function isReadAgain(transaction: Transaction, me: Id): Promise<boolean> {
  const own = await transaction.get<LogRow>(keys.log(await directLogId(me, me)));
  return own !== undefined && own.applied < (own.again ?? 0);
}
