import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Account } from './account/account.ts';
import type { Linking } from './account/linking.ts';
import { Session } from './account/session.ts';
import { Bus } from './bus.ts';
import type { Channel } from './channel.ts';
import { Drafts } from './drafts/drafts.ts';
import type { Earshot, PeopleFace } from './earshot.ts';
import type { StorageFace } from './earshot-storage.ts';
import { indexedStore } from './finding/indexed-store.ts';
import { keepPrekeys } from './keys/keep-prekeys.ts';
import type { KeyPorts, KeyWork } from './keys/key-work.ts';
import { type Primitives, primitives as platformPrimitives } from './keys/primitives.ts';
import { ServerTime } from './keeping/server-time.ts';
import { later, script } from './later.ts';
import type { Locks } from './locks.ts';
import { Outbox } from './outbox/outbox.ts';
import { Outgoing } from './outbox/outgoing.ts';
import type { Aside } from './replica/aside.ts';
import { Conversations } from './replica/conversations.ts';
import { Listening } from './replica/listening.ts';
import { Messages } from './replica/messages.ts';
import { Reach } from './reach/reach.ts';
import { Replica } from './replica/replica.ts';
import type { Care, CarePorts } from './storage/care.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { Store } from './store.ts';
import { below, keys } from './stores/keys.ts';
import { ShownState } from './sync/shown-state.ts';
import { Sync } from './sync/sync.ts';
import { Tasks } from './tasks.ts';
import type { Transport } from './transport.ts';
import type { Waking } from './waking/waking.ts';
import { Api } from './wire/api.ts';

export interface EarshotOptions {
  /** Closed when the Earshot is disposed of. */
  readonly store: Store;
  readonly transport: Transport;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly random: Random;
  /** What keys are made of; the platform's and HPKE unless a test says otherwise. */
  readonly primitives?: Primitives;
  /** Destroys the key under which the store seals what lies at rest, and goes on under a new one. */
  readonly forgetAtRest?: () => Promise<void>;
  /** Calls back when the store has set aside a row that does not open any more. */
  readonly onDamage?: (listener: () => void) => void;
  /** To the other pages of the same browser: one of them keeps the connection, all of them hear of changes. */
  readonly channel?: Channel;
  /** Calls back when the network may have come back. Returns the end of it. */
  readonly online?: (listener: () => void) => () => void;
  /** Whether the device itself says that it has no network at all. */
  readonly offline?: () => boolean;
}

const asideScript = script(() => import('./replica/aside.ts'));

/** What seals, opens and keeps chains, loaded when it is first needed. */
function keysLater(ports: KeyPorts): KeyWork {
  let loading: Promise<KeyWork> | null = null;
  const part = <K extends keyof KeyWork>(name: K) => async (): Promise<KeyWork[K]> => {
    // A load that failed is tried again with the next call.
    loading ??= import('./keys/key-work.ts').then(({ keyWork }) => keyWork(ports));
    loading.catch(() => (loading = null));
    return (await loading)[name];
  };
  return { chains: later(part('chains')), accountKeys: later(part('accountKeys')), opener: later(part('opener')), events: later(part('events')), ownChain: later(part('ownChain')), prekeys: later(part('prekeys')) };
}

async function ending({ store, channel }: EarshotOptions, tasks: Tasks, ends: readonly ((() => void) | undefined)[]): Promise<void> {
  if (tasks.signal.aborted) return;
  for (const end of ends) end?.();
  await tasks.end();
  channel?.close();
  await store.close();
}

/** What looks after what is kept, loaded when it is first needed. */
function careLater(ports: CarePorts): { readonly storage: StorageFace; readonly recovery: Recovery; readonly heal: () => Promise<void> } {
  const load = async (): Promise<Care> => (await import('./storage/care.ts')).care(ports);
  return { storage: later<StorageFace>(async () => (await load()).storage), recovery: later<Recovery>(async () => (await load()).recovery), heal: async () => await (await load()).healing.look() };
}

/** As late as it was there when it was last heard. */
async function serverTime(store: Store, clock: Clock): Promise<ServerTime> {
  const time = new ServerTime(clock, ((await store.get(keys.ahead)) as number | undefined) ?? 0);
  time.atLeast(((await store.get(keys.time)) as number | undefined) ?? 0);
  return time;
}

/** Runs `work` each time that the server is there again. */
function whenLive(bus: Bus, isLive: () => boolean, work: () => void): () => void {
  let was = false;
  return bus.on(() => {
    const now = isLive();
    if (now && !was) work();
    was = now;
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | null = null;
  return () => (begun ??= work());
}

/** Joins the engines over one store. */
export async function createEarshot(options: EarshotOptions): Promise<Earshot> {
  const { transport, locks, clock, random, channel, online } = options;
  const store = indexedStore(options.store);
  const api = new Api(transport, clock);
  const bus = new Bus(channel ?? null);
  const session = new Session(store, api, bus);
  await session.stored();
  const tasks = new Tasks(bus);
  const changed = (): void => {
    bus.announceHere({ type: 'connection' });
    outbox.tellAgain();
  };
  const time = await serverTime(store, clock);
  const reach = new Reach({ api, clock, tasks, changed, offline: options.offline ?? (() => false) });
  const primitives = options.primitives ?? platformPrimitives(random);
  const { chains, opener, events, accountKeys, ownChain, prekeys } = keysLater({ store, api, bus, primitives, session, time, catchUp: () => sync.catchUp() });
  const ports = { store, api, primitives, chains, opener, events, locks, clock, random, session, bus, tasks, reach, time };
  const replica = new Replica(store, opener);
  const outbox = new Outbox(ports);
  const aside = later<Aside>(async () => new (await asideScript()).Aside(store, opener));
  const sync: Sync = new Sync({ ...ports, replica, aside, outbox });
  const shown = new ShownState(bus, () => sync.state, () => sync.tryNow());
  const ownLog = (person: Id): Promise<Id> => conversations.direct(person);
  const messages = new Messages({ ...ports, outbox, replica, receipts: sync.receipts, ownLog });
  const drafts = new Drafts({ ...ports, outbox });
  const conversations: Conversations = new Conversations({ ...ports, outbox, messages });
  const listening = new Listening({ ...ports, outbox, ownLog });
  const accountPorts = { ...ports, accountKeys, ownChain, prekeys, forgetAtRest: options.forgetAtRest ?? (async () => undefined), ownLog, leave: (log: Id) => conversations.leave(log, { anyway: true }), settled: () => outbox.settled() };
  const linking = later<Linking>(async () => new (await import('./account/linking.ts')).Linking({ ...accountPorts, signal: tasks.signal }));
  const account = later<Account>(async () => new (await import('./account/account.ts')).Account(accountPorts), { current: () => session.shown(), ended: () => session.endedBy() });
  const { storage, recovery, heal } = careLater({ ...ports, outbox, replica, messages, receipts: sync.receipts, ownLog, catchUp: () => sync.catchUp() });
  options.onDamage?.(() => tasks.run(heal));

  const all = [outbox, sync];
  const wake = (): void => all.forEach((one) => one.tryNow());
  api.onBack(() => all.forEach((one) => one.nudge()));
  const finishLeaving = async (): Promise<void> => void ((await session.isOver()) && (await account.finishLeaving()));
  const finishEntering = async (): Promise<void> => void ((await session.current())?.locked === true && (await account.finishEntering(tasks.signal)));
  const accountChanged = async (): Promise<void> => {
    await finishLeaving();
    sync.reconnect(await session.stored());
    await outbox.sweep();
  };
  const answerDevices = async (): Promise<void> => void ((await store.list({ ...below('r/sought'), limit: 1 })).length > 0 && (await recovery.answerDevices()));
  const ends = [online?.(wake), bus.on(({ type }) => type === 'account' && [accountChanged, finishEntering].forEach((work) => tasks.run(work))), bus.on(({ type }) => void (type === 'asked' && tasks.run(answerDevices))), whenLive(bus, () => sync.state.state === 'live', () => tasks.run(answerDevices))];
  // Pages share one connection: whoever holds the lock has it, until it closes. Processes without a channel have one each.
  const connect = (): Promise<void> => (channel === undefined ? sync.work() : locks.hold('sync', () => sync.work(), tasks.signal));

  return {
    account, linking, conversations, messages, listening, drafts, recovery, storage,
    people: later<PeopleFace>(async () => new (await import('./account/people.ts')).People({ ...ports, outbox, ownLog })),
    outgoing: new Outgoing(outbox, () => [sync.tryNow(), shown.ask()]),
    waking: later<Waking>(async () => new (await import('./waking/waking.ts')).Waking(ports)),
    start: once(async () => {
      tasks.run(connect);
      tasks.run(async () => await new (await import('./keeping/keeper.ts')).Keeper({ ...ports, catchUp: () => sync.catchUp() }).work());
      await outbox.start();
      for (const work of [() => keepPrekeys({ prekeys, bus, clock, tasks, live: () => sync.state.state === 'live' }), () => drafts.tidy(), () => reach.prepare(), finishLeaving, finishEntering, answerDevices, heal]) tasks.run(work);
    }),
    synced: () => sync.synced(),
    caughtUp: () => sync.catchUp(),
    fetched: () => sync.fetched(),
    settled: (besides) => outbox.settled(besides),
    obstacle: () => reach.look(true),
    now: () => time.shown(),
    atLeast: () => time.now(),
    on: (listener) => bus.on(listener),
    get connection() {
      return shown.now;
    },
    [Symbol.asyncDispose]: () => ending(options, tasks, ends),
  };
}
