import { type Id, makeId } from '@earshot/base/ids.ts';
import { type Evidence, Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { unreachable } from '@earshot/base/assert.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import type { SessionRow } from '../account/session.ts';
import { script } from '../later.ts';
import { requireWhole } from '../replica/lost.ts';
import type { LogRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import { type Action, decide } from './decide.ts';
import type { Outbox } from './outbox.ts';
import { renew } from './renew.ts';
import { meaningOf } from './refusal.ts';
import { isMarked, isStill, orderOf, type OutboxRow } from './row.ts';
import { changeRow, giveUp, isBehind, listRows, putBefore, readRow, satisfied } from './rows.ts';
import { aimOf, judge } from './verdict.ts';

export interface Waiting {
  readonly code: FailureCode;
  readonly evidence: Evidence;
  readonly until: number;
}

const acts = script(() => import('../keeping/acts.ts'));

/** Parts of one take that travel at the same time. */
const PARTS_AT_ONCE = 2;

/** The outbox of one conversation. Whoever of several pages or processes holds its lock does the work. */
export class Lane {
  readonly #outbox: Outbox;
  readonly #conversation: Id;
  #working = false;
  #again = false;
  #wake: AbortController = new AbortController();
  #attempts = 0;
  waiting: Waiting | null = null;
  /** How long that was meant to take, in milliseconds, wherever the clock is put meanwhile. */
  #pause = 0;
  /** What it tried last, and waits with. */
  #held: OutboxRow | null = null;

  constructor(outbox: Outbox, conversation: Id) {
    this.#outbox = outbox;
    this.#conversation = conversation;
  }

  kick(): void {
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    this.#outbox.ports.tasks.run(() => this.#run());
  }

  tryNow(): void {
    this.#attempts = 0;
    this.#waitNoLonger();
    this.kick();
  }

  /** The device may be elsewhere by now: the same, but for what the server named a time for. */
  lookAgain(): void {
    const named = Number(this.waiting?.evidence['retryAfter'] ?? 0) > 0;
    if (!named || (this.waiting?.until ?? 0) <= this.#outbox.ports.clock.now()) this.tryNow();
  }

  /** The reason reads differently now. */
  tellAgain(): void {
    if (this.waiting !== null && this.#held !== null) this.#announce(this.#held);
  }

  /** The server answers again: what waits for just that goes on. What failed otherwise keeps its time, and its count of attempts. */
  nudge(): void {
    if (this.waiting?.code.startsWith('network.')) this.#waitNoLonger();
  }

  #waitNoLonger(): void {
    if (this.waiting !== null) this.waiting = { ...this.waiting, until: 0 };
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    try {
      await this.#loop();
    } finally {
      this.#working = false;
    }
    // Asked for after the last look, and before that was over.
    if (this.#again && !this.#outbox.signal.aborted) this.kick();
  }

  async #loop(): Promise<void> {
    const { locks, clock } = this.#outbox.ports;
    const { signal } = this.#outbox;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      const until = await locks.hold(`outbox/${this.#conversation}`, () => this.#pass(), signal).catch((error: unknown) => this.#interrupted(error));
      if (until === null || signal.aborted) continue;
      // The lock is free meanwhile: another page may be able to do what this one could not.
      this.#wake = new AbortController();
      await clock.sleep(Math.max(0, Math.min(until - clock.now(), this.#pause)), AbortSignal.any([signal, this.#wake.signal]));
      // It has waited, whatever the clock shows: one that was put back meanwhile would make it wait for days.
      if (this.waiting !== null) this.waiting = { ...this.waiting, until: 0 };
      this.#again = true;
    }
  }

  /** What is no failure of the way is a fault of the store: it is tried again like one. */
  #interrupted(error: unknown): number | null {
    if (this.#outbox.signal.aborted) return null;
    const failure = error instanceof Failure ? error : new Failure('device.storage', { reason: 'store' }, { cause: error });
    return this.#fault(failure, this.#held);
  }

  /** Moves everything that can move. Resolves to the time of the next try, or null when there is nothing to wait for. */
  async #pass(): Promise<number | null> {
    for (;;) {
      const session = await this.#outbox.session();
      const all = session === null ? [] : await listRows(this.#outbox.ports.store, session.person);
      const rows = all.filter((row) => row.conversation === this.#conversation).sort((one, other) => orderOf(one) - orderOf(other));
      // Where the server takes no more uploads those that were given up are ended first: behind what waits for their places they would hold them for ever.
      if (this.waiting?.code === 'limit.reached') rows.sort((one, other) => Number(other.state.at === 'cancelled') - Number(one.state.at === 'cancelled'));
      let behind = false;
      let until = Infinity;
      let moved = false;
      for (const row of rows) {
        const facts = { person: session?.person ?? null, device: session?.device ?? null, uploaded: this.#outbox.stored(row), oneRequest: this.#outbox.oneRequest(row), answers: this.#outbox.ports.api.answers, behind: behind || isBehind(row, all), until: this.waiting?.until ?? 0 };
        const action = decide(row, facts, this.#outbox.ports.clock.now());
        behind ||= row.state.at === 'released' || row.state.at === 'posted';
        if (action.do === 'nothing') continue;
        if (action.do === 'wait') {
          until = Math.min(until, action.until);
          continue;
        }
        await this.#attempt(row, action, session);
        moved = true;
        break;
      }
      if (moved && !this.#outbox.signal.aborted) continue;
      if (until !== Infinity) return until;
      if (!moved) this.#nothingLeft();
      return null;
    }
  }

  /** What this window waited with may have gone from another one. */
  #nothingLeft(): void {
    if (this.waiting === null) return;
    this.waiting = null;
    if (this.#held !== null) this.#announce(this.#held);
  }

  async #attempt(row: OutboxRow, action: Action, session: SessionRow | null): Promise<void> {
    this.#held = row;
    try {
      await this.#execute(row, action, session);
      if (this.waiting !== null) this.#announce(row);
      this.waiting = null;
      // To seal asks the server for nothing: what it refuses however often it is sealed would be sealed without a pause.
      if (action.do === 'mark') return;
      this.#attempts = 0;
      this.#outbox.ports.reach.passed('upload');
    } catch (error) {
      if (this.#outbox.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      await this.#judge(row, await meaningOf(row, error, this.#outbox.ports.events), session);
    }
  }

  async #execute(row: OutboxRow, action: Action, session: SessionRow | null): Promise<void> {
    switch (action.do) {
      case 'nothing':
      case 'wait':
        return;
      case 'mark':
        await this.#mark(row, session);
        return;
      case 'upload':
        await this.#upload(row, action.parts);
        return;
      case 'close':
        await this.#close(row, action.part, action.mark ? session : null);
        return;
      case 'post':
        await this.#post(row);
        return;
      case 'end':
        await this.#outbox.end(row);
        return;
      default:
        unreachable(action);
    }
  }

  /** Saves the round trip between the last bytes and the event. Whatever becomes of the event, the bytes count. */
  async #close(row: OutboxRow, part: number, marking: SessionRow | null): Promise<void> {
    const bytes = this.#upload(row, [part]);
    const posting = (async (): Promise<boolean> => {
      const marked = marking === null ? row : await this.#mark(row, marking);
      if (marked !== null) await this.#post(marked);
      return marked !== null;
    })();
    const [sent, posted] = await Promise.allSettled([bytes, posting]);
    if (posted.status === 'fulfilled' && posted.value) return;
    if (sent.status === 'rejected') throw sent.reason;
    if (posted.status === 'fulfilled') return;
    // The event overtook the bytes, which are there by now: the next step posts it again.
    if (!(posted.reason instanceof Failure) || posted.reason.code !== 'blob.incomplete') throw posted.reason;
  }

  /** Seals at the last moment: what was said since is in what it refers to. Null when it was given up meanwhile. */
  async #mark(row: OutboxRow, session: SessionRow | null): Promise<OutboxRow | null> {
    const { locks, store } = this.#outbox.ports;
    if (row.event === null || session === null) return null;
    const { log } = row.event.envelope;
    // Into one's own log several lanes say something, of each conversation's drafts: one after the other, or their count would not grow along the log.
    if (log !== (await directLogId(session.person, session.person))) return await this.#sealed(row, session);
    const inTurn = async (): Promise<OutboxRow | null> => (isBehind(row, await listRows(store, session.person)) ? null : await this.#sealed(row, session));
    return await locks.hold(`seal/${log}`, inTurn, this.#outbox.signal);
  }

  async #sealed(row: OutboxRow, session: SessionRow): Promise<OutboxRow | null> {
    const { store, events } = this.#outbox.ports;
    const { event } = row;
    if (event === null) return null;
    const first = await events.first(event, session);
    if (first !== null) return await putBefore(store, row, first);
    const sealed = await events.seal(event, session);
    // Whoever sealed it first has sealed it, also where no lock holds: two seals of one event would be two keys of one conversation.
    const marked = await changeRow(store, row.id, (now) =>
      (now.state.at === 'released' || now.state.at === 'posted') && isStill(now, row) && !isMarked(now, session.device) ? { ...now, event: sealed, state: { at: 'posted', order: now.state.order } } : null,
    );
    return marked?.state.at === 'posted' && isStill(marked, row) ? marked : null;
  }

  async #upload(row: OutboxRow, parts: readonly number[]): Promise<void> {
    const queue = parts.flatMap((at) => row.parts[at] ?? []);
    const worker = async (): Promise<void> => {
      for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
        await this.#outbox.upload(part.blob).reach(part.sealed, part.sha256 !== null, this.#outbox.signal, (moved) => this.#answered(row, moved));
      }
    };
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, worker));
  }

  /** Whose bytes move waits no more; a wait that has begun since is for another part of it, and stays. What another window gave up meanwhile goes no further. */
  async #answered(row: OutboxRow, moved: boolean): Promise<void> {
    const { clock, store } = this.#outbox.ports;
    if (moved && this.waiting !== null && this.waiting.until <= clock.now()) this.waiting = null;
    this.#announce(row);
    const now = await readRow(store, row.id);
    if (now === null || !isStill(now, row)) await this.#outbox.stopUnwanted(row);
  }

  async #post(row: OutboxRow): Promise<void> {
    const { api, store, events } = this.#outbox.ports;
    const { event } = row;
    if (event === null || event.sealed === null) return;
    const { envelope, sealed } = event;
    const log = (await store.get(keys.log(envelope.log))) as LogRow | undefined;
    if (log !== undefined) requireWhole(log);
    const answer = await api.call('postEvent', { params: { log: envelope.log }, body: { envelope, body: sealed.body, ...(sealed.grants && { grants: [...sealed.grants] }), ...(sealed.deviceGrants && { deviceGrants: [...sealed.deviceGrants] }) }, signal: this.#outbox.signal });
    await events.accepted(event);
    if (event.envelope.class === 'message') {
      await changeRow(store, row.id, (now) => (now.state.at === 'posted' ? { ...now, state: { at: 'acknowledged', order: now.state.order, seq: answer.seq, time: answer.at } } : null));
    } else {
      await store.commit([{ drop: keys.row(row.id) }]);
    }
    this.#outbox.done(row);
    this.#announce(row);
    // What other lanes have to say in the same log waited for this.
    const waiting = (await listRows(store, row.owner)).filter((other) => other.conversation !== row.conversation && other.event?.envelope.log === envelope.log);
    for (const { conversation } of waiting) this.#outbox.kick(conversation);
  }

  async #judge(row: OutboxRow, failure: Failure, session: SessionRow | null): Promise<void> {
    const { store, random } = this.#outbox.ports;
    this.#attempts += 1;
    const aim = aimOf(row);
    const verdict = judge(failure, aim, this.#attempts, random);
    // What goes from here waits for nothing, and its reason is not that of what comes behind it.
    if (['satisfied', 'outside', 'undo', 'set-aside'].includes(verdict.kind)) this.waiting = null;
    switch (verdict.kind) {
      case 'session':
        if (session !== null) await this.#outbox.ports.session.end(failure.code, session.device);
        return;
      case 'retry':
        this.#fault(failure, row, verdict.pause);
        return;
      case 'ask':
        for (const { blob } of row.parts) this.#outbox.upload(blob).doubt();
        if (verdict.pause > 0) this.#fault(failure, row, verdict.pause);
        return;
      case 'renew':
        for (const blob of await renew(this.#outbox.ports, row, failure)) this.#outbox.fresh(blob);
        if (verdict.pause > 0) this.#fault(failure, row, verdict.pause);
        return;
      case 'reseal':
        await this.#reseal(row, failure, verdict.pause);
        return;
      case 'satisfied':
        await satisfied(store, row, aim);
        // It is there by the server's word, and was not in its list: whoever asks for it again pauses.
        if (row.before !== undefined) this.#fault(failure, row);
        // Whoever waits until nothing is under way looks again.
        this.#announce(row);
        return;
      case 'outside':
        await changeRow(store, row.id, ({ event, ...now }) => ({ ...now, event: event && { ...event, envelope: { ...event.envelope, class: 'heard' }, sealed: null } }));
        return;
      case 'undo':
        await this.#giveUpLost(String(failure.evidence['event']));
        await this.#undo(row, failure);
        await this.#refused(row, failure);
        return;
      case 'set-aside': {
        const { before, id, event } = row;
        await this.#setAside(before ?? id, row, failure);
        // What had to go first was refused for good: so is what waited for it. What was said where nothing was made asks for that anew.
        if (before !== undefined || aim === 'create') await store.commit([{ drop: keys.row(id) }]);
        if (event?.envelope.class === 'message' || before !== undefined) this.#announce(row);
        else await this.#refused(row, failure);
        return;
      }
      default:
        unreachable(verdict);
    }
  }

  /** What its person had taken back already is given up: there is nothing to decide. */
  async #setAside(id: Id, row: OutboxRow, { code, evidence }: Failure): Promise<void> {
    const { store, random } = this.#outbox.ports;
    await changeRow(store, id, (now, transaction) => {
      if (!isStill(now, row)) return null;
      if (now.takenBack !== true) return 'order' in now.state ? { ...now, state: { at: 'set-aside', order: now.state.order, code, evidence } } : null;
      giveUp(transaction, now, makeId(random));
      return null;
    });
  }

  /** What its person took back, and a server that was brought back from a backup has no more, is given up: with its removal refused it would be said again. */
  async #giveUpLost(id: Id): Promise<void> {
    const { store, random } = this.#outbox.ports;
    await changeRow(store, id, (now, transaction) => {
      if (now.takenBack === true && now.state.at === 'acknowledged') giveUp(transaction, now, makeId(random));
      return null;
    });
  }

  async #refused(row: OutboxRow, { code, evidence }: Failure): Promise<void> {
    const { id, conversation, event } = row;
    // That something was heard is no change that anybody asked for, nor that a draft is shown no longer: what showed it may never have come into the log.
    const unasked = event?.body.kind === 'heard' || event?.body.kind === 'listening' || (event?.envelope.class === 'remove' && !(await this.#isOfMessage(event.envelope.refers)));
    if (unasked) this.#announce(row);
    else this.#outbox.ports.bus.announce({ type: 'refused', conversation, event: id, code, evidence });
  }

  async #isOfMessage(refers: readonly Id[]): Promise<boolean> {
    const { store } = this.#outbox.ports;
    for (const id of refers) if ((await store.get(keys.at(id))) !== undefined || (await store.get(keys.row(id))) !== undefined) return true;
    return false;
  }

  /** What is not so at the server is not so here either. */
  async #undo(row: OutboxRow, { code }: Failure): Promise<void> {
    const { store, bus } = this.#outbox.ports;
    const { refused } = await acts();
    await refused(store, bus, row, code);
    await store.commit([{ drop: keys.row(row.id) }]);
  }

  /** What is learnt first is why it was refused: a new key may have to be made, or is there already. */
  async #reseal(row: OutboxRow, refusal: Failure, pause: number): Promise<void> {
    const { store, events } = this.#outbox.ports;
    const { id, event } = row;
    await changeRow(store, id, (now) => (now.event === null || !isStill(now, row) ? null : { ...now, event: { ...now.event, sealed: null } }));
    try {
      if (event !== null) await events.refused(event.envelope.log, refusal, row.owner);
      if (pause > 0) this.#fault(refusal, row, pause);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#fault(error, row);
    }
  }

  #fault({ code, evidence }: Failure, row: OutboxRow | null, pause = 1_000): number {
    const until = this.#outbox.ports.clock.now() + pause;
    this.waiting = { code, evidence, until };
    this.#pause = pause;
    this.#outbox.ports.reach.failed(code);
    this.#held = row;
    if (row !== null) this.#announce(row);
    return until;
  }

  #announce({ id, conversation, before, event }: OutboxRow): void {
    const message = before ?? (event?.envelope.class === 'message' ? id : null);
    this.#outbox.ports.bus.announce(message === null ? { type: 'conversations' } : { type: 'changed', conversation, message });
  }
}
