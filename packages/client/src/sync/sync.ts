import { aborted } from '@earshot/base/aborted.ts';
import { AWAY_BACKOFF, backoff } from '@earshot/base/backoff.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import { type Evidence, Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { closeCodes, type ServerFrame } from '@earshot/protocol/live.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { liveRoute } from '@earshot/protocol/addresses.ts';
import { endsSession, isSessionCode, type Session, type SessionRow } from '../account/session.ts';
import type { ConnectionState, Happening } from '../earshot.ts';
import { Turn } from '../outbox/turn.ts';
import type { Reach } from '../reach/reach.ts';
import { askedBehind, lossOf, requireWhole } from '../replica/lost.ts';
import type { Applied } from '../replica/replica.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import { noRoom } from '../stores/no-room.ts';
import { Downloads } from './downloads.ts';
import { eventAt } from './event-at.ts';
import { GrowingBlobs } from './growing.ts';
import { Live, readFrame } from './live.ts';
import { type PagePorts, Pages } from './pages.ts';
import { Receipts } from './receipts.ts';

export interface SyncPorts extends PagePorts {
  readonly opener: EventOpener;
  readonly clock: Clock;
  readonly random: Random;
  readonly session: Session;
  readonly reach: Reach;
}

/** Milliseconds. */
const OWN_RECEIPT = 200;
const FOREVER = Number.MAX_SAFE_INTEGER;

/** Keeps the replica where the server is: over the open connection while there is one, and by asking for what came before it. */
export class Sync {
  readonly #ports: SyncPorts;
  readonly #turn = new Turn();
  readonly receipts: Receipts;
  readonly downloads: Downloads;
  readonly #pages: Pages;
  readonly #growing: GrowingBlobs;
  #live: Live | null = null;
  /** For whom the connection was opened. */
  #connected: SessionRow | null = null;
  #wake = new AbortController();
  #asking = new AbortController();
  #working = false;
  #pulling: Promise<void> | null = null;
  #state: ConnectionState = { state: 'stopped' };

  constructor(ports: SyncPorts) {
    this.#ports = ports;
    this.receipts = new Receipts(ports, (log, command) => this.#live?.send({ type: 'cursor', log, ...command }) ?? false);
    this.#pages = new Pages(ports, this.receipts, (session) => this.#openAside(session, new Turn()));
    this.#growing = new GrowingBlobs(ports.api, ports.tasks);
    this.downloads = new Downloads({
      ...ports,
      grown: (blob) => this.#growing.take(blob),
      delivered: (log, delivered) => ports.tasks.run(() => this.receipts.delivered(log, delivered)),
      stuck: (log, seq) => ports.tasks.run(() => this.receipts.stuck(log, seq)),
    });
  }

  /** With the reason as a person should read it. */
  get state(): ConnectionState {
    const { state, reason } = this.#state;
    return reason === undefined ? this.#state : { state, reason: this.#ports.reach.explain(reason) };
  }

  /** Goes on until the tasks end. */
  async work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    const close = (): void => this.#live?.close();
    this.#signal.addEventListener('abort', close, { once: true });
    const end = this.#ports.bus.on((one) => void (one.type === 'removed' ? this.#ports.tasks.run(() => this.receipts.applied(one.conversation)) : one.type === 'refused' && this.#ports.tasks.run(() => this.downloads.look(one.conversation))));
    await this.#run();
    end();
    this.#become({ state: 'stopped' });
  }

  get #signal(): AbortSignal {
    return this.#ports.tasks.signal;
  }

  /** Somebody signed in or out, the network may be another one, or a person asked: no waiting now, and no trust in what seems open. */
  tryNow(): void {
    const live = this.#live;
    if (live?.heard) this.#ports.tasks.run(() => live.probe());
    this.#wake.abort();
    this.downloads.tryNow();
  }

  /** The server answers again. */
  nudge(): void {
    this.#wake.abort();
    this.downloads.nudge();
  }

  /** Something about the account changed, perhaps its session: then the connection belongs to the old one. */
  reconnect(now: SessionRow | null): void {
    const same = now?.ended === null && now.device === this.#connected?.device && now.token === this.#connected.token;
    if (!same) {
      this.receipts.forget();
      this.#live?.close();
      this.#asking.abort(new Failure('network.offline', { reason: 'session' }));
    }
    this.tryNow();
  }

  /** Brings the replica to where the server is now; rejects with what the server has lost. */
  async synced(): Promise<void> {
    await this.catchUp();
    for (const log of await this.#ports.replica.logs()) requireWhole(log);
  }

  /** The same, as far as the server has it: what one conversation lacks keeps nothing from the others. */
  async catchUp(): Promise<void> {
    await this.#openAside(await this.#caughtUp());
  }

  /** What is known to be missing has come, or is known not to, and the server was told: a receipt that is on its way already is said once more, because its end cannot be waited for. */
  async fetched(): Promise<void> {
    await this.downloads.settled();
    await this.receipts.owed();
  }

  /** The list is as the server has it; what was said may still lie aside. */
  async #caughtUp(): Promise<SessionRow> {
    const session = await this.#ports.session.unlocked();
    // Many causes at once (a new group is an event and a notice) need one request: the one that has not begun yet serves them all.
    this.#pulling ??= this.#turn.take(() => {
      this.#pulling = null;
      return this.#guarded(session, () => this.#pages.pull(session, this.#signal));
    });
    await this.#pulling;
    await this.downloads.look();
    return session;
  }

  async #run(): Promise<void> {
    let attempts = 0;
    while (!this.#signal.aborted) {
      this.#wake = new AbortController();
      const wake = AbortSignal.any([this.#signal, this.#wake.signal]);
      const ended = await this.#round(wake, () => (attempts = 0));
      if (this.#signal.aborted || ended === null || isSessionCode(ended.code)) continue;
      attempts += 1;
      const until = this.#ports.clock.now() + backoff(AWAY_BACKOFF, attempts, this.#ports.random);
      this.#ports.reach.failed(ended.code, ended.evidence['close'] !== undefined);
      this.#become({ state: 'waiting', reason: { code: ended.code, evidence: ended.evidence, until } });
      await this.#ports.clock.sleep(until - this.#ports.clock.now(), wake);
    }
  }

  /** Resolves with what the next one has to wait for; null when it has not. A store that fails is one of these, and ends nothing. */
  async #round(wake: AbortSignal, succeeded: () => void): Promise<Failure | null> {
    try {
      const session = await this.#ports.session.current();
      if (this.#signal.aborted) return null;
      // Whoever was signed out from elsewhere, or disabled, is told so rather than asked to sign in without a word.
      if (session === null) await this.#barred(wake, (await this.#ports.session.stored())?.ended ?? 'session.missing');
      else if (session.locked) await this.#barred(wake, 'device.locked', { device: session.device });
      else return await this.#connect(session, succeeded);
      return null;
    } catch (error) {
      if (error instanceof Failure) return error;
      return new Failure('device.storage', { reason: 'store' }, { cause: error });
    }
  }

  /** Until somebody signs in, or lets this device in. */
  async #barred(wake: AbortSignal, code: FailureCode, evidence: Evidence = {}): Promise<void> {
    this.#become({ state: 'waiting', reason: { code, evidence, until: FOREVER } });
    await aborted(wake);
  }

  /** One life of the connection; resolves with why it ended, null when another way is to be tried at once. */
  async #connect(session: SessionRow, succeeded: () => void): Promise<Failure | null> {
    this.#become({ state: 'connecting' });
    this.#connected = session;
    this.#pages.connected();
    return await (this.#ports.api.way.opens ? this.#open(session, succeeded) : this.#ask(session, succeeded));
  }

  async #open(session: SessionRow, succeeded: () => void): Promise<Failure> {
    const { api, clock } = this.#ports;
    const live = new Live(api.transport, clock, liveRoute, api.headers, (frame) => this.#ports.tasks.run(() => this.#frame(session, frame)));
    this.#live = live;
    try {
      await live.opened;
      // Asked after the connection is open: what comes from now on arrives by itself, what came before is in the answer.
      await this.#guarded(session, () => this.#turn.take(() => this.#pages.pull(session, this.#signal)));
      succeeded();
      this.#ports.reach.passed('socket');
      await this.#lives();
      await Promise.all([this.downloads.look(), this.receipts.connected(session), this.#openAside(session)]);
      await this.receipts.missed(session);
      const code = await live.closed;
      if (code === closeCodes.sessionEnded) await this.#guarded(session, () => api.call('me'));
      return new Failure('network.unreachable', { close: code });
    } finally {
      live.close();
      this.#live = null;
      if (!this.#signal.aborted) api.way.heard(live.heard);
      // Without it what is new comes all the same; and it shows whether the network is missing, or only lets no connection through.
      if (!live.heard && !this.#signal.aborted) await this.#withoutConnection();
    }
  }

  /** The next connection does not wait until everything is opened. */
  async #withoutConnection(): Promise<void> {
    const session = await this.#caughtUp();
    this.#ports.tasks.run(() => this.#openAside(session));
  }

  /** Where no connection can be kept open, each request waits on the server until there is news. */
  async #ask(session: SessionRow, succeeded: () => void): Promise<null> {
    const { api, replica } = this.#ports;
    this.#asking = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#asking.signal]);
    await this.#guarded(session, () => this.#turn.take(() => this.#pages.pull(session, this.#signal)));
    succeeded();
    this.#ports.reach.passed('socket');
    await this.#lives();
    await this.downloads.look();
    await this.#openAside(session);
    // What others' devices hold is told in no log: between two requests it can be missed, so after any news it is asked for twice.
    for (let quiet = 0; !api.way.opens && !signal.aborted; quiet += 1) {
      const receipts = quiet < 2 ? this.receipts.connected(session) : null;
      const have = askedBehind(await replica.logs());
      const [answer] = await this.#guarded(session, () => Promise.all([this.#pages.news(have, limits.newsWait, signal), receipts]));
      const frames = answer.frames ?? [];
      await this.#turn.take(() => this.#pages.apply(session, answer, have, answer.more));
      for (const frame of frames) await this.#take(session, frame);
      await this.downloads.look();
      await this.#openAside(session);
      if (frames.length > 0 || answer.logs.some(({ events }) => events.length > 0)) quiet = -1;
    }
    return null;
  }

  /** The server's word that the session is over ends it here as well. */
  async #guarded<T>(session: SessionRow, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (endsSession(error)) await this.#ports.session.end(error.code, session.device);
      throw error;
    }
  }

  /** What lies aside is opened, what a conversation shows first before the rest; then what came before its key. Bytes are fetched last: each of them changes the row of its log. */
  async #openAside(session: SessionRow, turn = this.#turn): Promise<void> {
    const { api, clock, replica, aside, tasks } = this.#ports;
    if ((await replica.logs()).some((log) => log.aside !== undefined)) {
      this.#announce(await turn.take(() => aside.openNewest(session)));
      const logs = await this.#guarded(session, () => aside.openAll(session, { turn, signal: this.#signal, announce: (happenings) => this.#announce(happenings) }));
      for (const log of logs) tasks.run(() => this.receipts.applied(log));
      await this.downloads.look();
    }
    const reopened = await turn.take(() => replica.reopen(session, { now: clock.now(), ask: (log, seq) => eventAt(api, log, seq, this.#signal) }));
    this.#announce(reopened);
    if (reopened.length > 0) await this.downloads.look();
  }

  /** What the server's clock shows now. */
  #hears(now: number): void {
    this.#ports.reach.heard(now);
    this.#ports.time.heard(now);
  }

  #announce(happenings: readonly Happening[]): void {
    for (const happening of happenings) this.#ports.bus.announce(happening);
  }

  async #frame(session: SessionRow, text: string): Promise<void> {
    const frame = readFrame(text);
    if (frame === null) return;
    try {
      await this.#take(session, frame);
    } catch {
      // Whatever went wrong with a frame, the cursors repair it: the next connection begins by asking.
      this.#live?.close();
    }
  }

  async #take(session: SessionRow, frame: ServerFrame): Promise<void> {
    const { replica, clock } = this.#ports;
    switch (frame.type) {
      case 'hello':
        return this.#hears(frame.now);
      case 'pong':
        if (frame.now !== undefined) this.#hears(frame.now);
        // What another page of this device did, and this one has not heard of.
        await this.downloads.look();
        return await this.receipts.owed();
      case 'growing':
        this.#growing.heard(frame.upload, frame.length);
        return;
      case 'event': {
        this.#ports.time.atLeast(frame.event.at);
        const [opened] = await this.#ports.opener.open([frame.event], session);
        // Its key may be on its way in the event before.
        if (opened === undefined || opened.failure?.code === 'key.missing') return await this.catchUp();
        // What this device sent itself is here.
        const own = frame.event.envelope.device === session.device;
        const whole = own ? opened : this.downloads.ahead(opened);
        const take = (one: OpenedEvent): Promise<Applied> => replica.takeOpened(session.person, frame.log, [one]);
        // Where there is no room for the sound there may be some for the event: what is missing is then known, and its sender told.
        const taking = async (): Promise<Applied> => await take(await whole).catch((error: unknown) => (noRoom(error) ? take(opened) : Promise.reject(error as Error)));
        const { happenings, gap } = await this.#turn.take(() => this.receipts.noted(taking(), frame.log, frame.event));
        const fetching = ['message', 'restore', 'keep'].includes(frame.event.envelope.class) ? this.downloads.look(frame.log) : null;
        // What was missing may be on the server again.
        if (happenings.some(({ type }) => type === 'asked')) await this.downloads.look();
        this.#announce(happenings);
        await fetching;
        if (gap || frame.event.envelope.membership !== undefined) await this.catchUp();
        // Nobody waits for the receipt of what one sent oneself, and it would come between those who are fetching it.
        if (own) await clock.sleep(OWN_RECEIPT, this.#signal);
        await this.receipts.applied(frame.log);
        return;
      }
      case 'cursor':
        return this.#announce(await replica.takeCursor(session, frame.log, frame));
      case 'changed':
        await this.#changed(session, frame.what);
    }
  }

  async #changed(session: SessionRow, what: 'logs' | 'people' | 'account'): Promise<void> {
    if (what === 'logs') await this.catchUp();
    else if (what === 'account') this.#ports.bus.announce({ type: 'account' });
    else if (await this.#pages.people(session)) this.#ports.bus.announce({ type: 'people' });
  }

  /** What one conversation lacks keeps nothing from the others; but it is said. */
  async #lives(): Promise<void> {
    const lost = (await this.#ports.replica.logs()).find((log) => log.lost !== undefined);
    this.#become({ state: 'live', ...(lost && { reason: { code: 'server.restored', evidence: lossOf(lost), until: FOREVER } }) });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#ports.bus.announceHere({ type: 'connection' });
  }
}
