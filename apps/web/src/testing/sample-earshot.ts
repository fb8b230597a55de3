import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, ConversationMember, Earshot, Happening, Message, OutgoingTake } from '@earshot/client/earshot.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Person } from '@earshot/protocol/people.ts';
import { minutes, person, sampleChanges, sampleDrafts, sampleMessages, samplePeople, wave } from './sample-data.ts';

export interface SampleOptions {
  /** Nobody, somebody whose device has no keys, one who has just joined, one without conversations, or a lively account. */
  readonly world: 'signed-out' | 'locked' | 'fresh' | 'empty' | 'lively';
  /** What stands in the way of the server. */
  readonly offline?: FailureCode | null;
  /** Whether another device of one's own left something unsent. */
  readonly draft?: boolean;
  /** Whether one is told that a message goes within a day. */
  readonly ending?: boolean;
  /** Whether those one knows are shown under another identity. */
  readonly stranger?: boolean;
}

/** An SDK without a server: it holds still, so that every state of the interface can be looked at and photographed. */
export function createSampleEarshot({ world, offline = null, draft = false, ending = false, stranger = false }: SampleOptions): Earshot {
  const listeners = new Set<(happening: Happening) => void>();
  const messages = new Map<Id, Message>((world === 'lively' ? sampleMessages() : []).map((message) => [message.id, message]));
  const say = (happening: Happening): void => listeners.forEach((listener) => listener(happening));
  const inside = (id: Id): Message[] => [...messages.values()].filter((one) => one.conversation === id).toSorted((one, other) => one.time - other.time);
  const talk = (id: Id, kind: Conversation['kind'], title: string | null, members: readonly Person[], more: Partial<Conversation> = {}): Conversation => {
    const last = inside(id).at(-1) ?? null;
    return {
      id, kind, title, members: members.map((one, index): ConversationMember => ({ person: one.id, handle: one.handle, name: one.name, role: index === 0 ? 'owner' : 'member', active: true })),
      unheard: inside(id).filter((one) => !one.mine && !one.heard && one.removed === null).length, muted: false, expiry: null, closed: null, at: last?.time ?? minutes(9_000), last, ...more,
    };
  };
  const { me, ada, ben, cleo, dov, eli } = samplePeople;
  const list = (): Conversation[] => {
    const notes = talk(person(0), 'self', null, [me]);
    if (world !== 'lively') return [notes];
    return [
      notes, talk(person(11), 'direct', null, [me, ada]), talk(person(12), 'group', 'Sunday walks', [me, ada, ben, cleo]), talk(person(13), 'direct', null, [me, cleo]),
      talk(person(14), 'direct', null, [me, ben], { muted: true }), talk(person(15), 'group', 'Choir, second altos', [me, cleo, dov], { closed: 'left' }),
      talk(person(16), 'direct', null, [me, eli], { expiry: 120 }),
    ];
  };
  return {
    account: sampleAccount(world, say),
    linking: sampleLinking,
    people: {
      list: async () => (world === 'lively' ? [ada, ben, cleo, dov, eli] : []),
      invite: async () => ({ secret: '3f7k9m2p5r8t1v4x6z0b2d4g6h', expires: minutes(-10_080) }),
      invitations: async () => [{ secretSha256: 'a'.repeat(64), created: minutes(60), expires: minutes(-8_000), used: null, for: null }],
      withdraw: nothing, block: nothing, safety: async () => ({ number: Array.from({ length: 12 }, (_, at) => String(10_007 * (at + 1)).slice(-5)).join(' '), code: `earshot-verify:${'1'.repeat(60)}`, identity: 'a'.repeat(64), accepted: !stranger, invited: !stranger, compared: false, changes: [{ time: minutes(200), why: stranger ? 'unknown' as const : 'device' as const }] }), compared: nothing, accept: nothing,
    },
    conversations: {
      list: async () => list(), get: async (id) => list().find((one) => one.id === id) ?? null, direct: async () => person(13), createGroup: async () => person(12),
      changes: async (id) => sampleChanges(id), rename: nothing, add: nothing, remove: nothing, promote: nothing, leave: nothing, mute: nothing, setExpiry: nothing, expiryRules: async () => ({ usual: null, least: 0, most: 31_536_000 }),
    },
    messages: sampleShelf(messages, inside, say),
    listening: { keepPlace: nothing, keepSpeed: nothing, speed: async () => 1 },
    outgoing: {
      begin: async ({ take }) => sampleTake(take), reopen: async () => null, tryNow: nothing, lookAgain: nothing, retry: nothing, underWay: async () => new Set(), discard: nothing,
      stored: () => Promise.withResolvers<{ sha256: string; seq: number }>().promise,
    },
    drafts: { list: async () => (draft ? [...sampleDrafts] : []), audio: async () => Promise.reject(new Failure('message.missing')), send: async (take) => take, discard: nothing, resting: async () => [], restore: nothing, forget: nothing, discarded: async () => [], follow: async () => true },
    waking: { key: async () => 'key', subscribe: nothing, isOn: async () => true, renew: nothing, unsubscribe: nothing, news: async () => [] },
    recovery: sampleRecovery,
    storage: {
      report: async () => ({
        heard: { bytes: 182_400_000, messages: 940 }, unheard: { bytes: 6_300_000, messages: 21 }, unsent: { bytes: 240_000, messages: 1 }, drafts: { bytes: 0, messages: 0 },
        conversations: [{ conversation: person(12), bytes: 120_000_000, messages: 610 }, { conversation: person(11), bytes: 68_700_000, messages: 351 }], freeable: { bytes: 182_400_000, messages: 940 },
      }),
      free: async () => ({ bytes: 182_400_000, messages: 940, stayed: 0 }),
    },
    start: async () => {
      if (ending) say({ type: 'ending', conversation: person(11), message: person(1_005), at: minutes(-1_300) });
    },
    synced: nothing,
    caughtUp: nothing,
    fetched: nothing,
    settled: async () => undefined,
    obstacle: async () => null,
    now: () => Date.now(),
    atLeast: () => Date.now(),
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    connection: offline !== null ? { state: 'waiting', reason: { code: offline, evidence: {}, until: minutes(-1) } } : { state: 'live' },
    [Symbol.asyncDispose]: nothing,
  };
}

const nothing = async (): Promise<void> => undefined;

function sampleShelf(messages: Map<Id, Message>, inside: (conversation: Id) => Message[], say: (happening: Happening) => void): Earshot['messages'] {
  const change = (id: Id, how: Partial<Message>): void => {
    const message = messages.get(id);
    if (!message) return;
    messages.set(id, { ...message, ...how });
    say({ type: 'changed', conversation: message.conversation, message: id });
  };
  return {
    list: async (id, options) => inside(id).slice(-(options?.limit ?? 40)),
    get: async (id) => messages.get(id) ?? null,
    audio: async () => Promise.reject(new Failure('message.missing')),
    find: async ({ conversation, unheard, limit = 50 }) => {
      const wanted = (one: Message): boolean => one.removed === null && (conversation === undefined || one.conversation === conversation) && (unheard !== true || (!one.heard && !one.mine));
      const found = [...messages.values()].filter(wanted).toSorted((one, other) => other.time - one.time);
      return { messages: found.slice(0, limit), count: found.length, more: null };
    },
    forward: async (id) => id,
    ask: nothing, heard: nothing, keepWords: nothing, recentlyDeleted: async () => [...messages.values()].filter((one) => one.resting !== null),
    keep: async (id) => change(id, { keptFor: { by: samplePeople.me.id, at: minutes(0) } }),
    removeForMe: async (id) => change(id, { resting: { until: minutes(-43_200), whose: 'me' } }),
    remove: async (id) => change(id, { removed: { at: minutes(0), by: samplePeople.me.id, rule: 'removed' }, resting: { until: minutes(-43_200), whose: 'everyone' } }),
    restore: async (id) => change(id, { removed: null, resting: null }),
    removeForGood: async (id) => change(id, { removed: { at: minutes(0), by: samplePeople.me.id, rule: 'let-go' }, resting: null }),
  };
}

const sampleLinking: Earshot['linking'] = {
  offer: async () => ({ code: `${person(95)}.qx7Hk2LmPz0aVbN4cWdE5g`, expires: minutes(-10), admitted: () => Promise.withResolvers<{ device: Id }>().promise }),
  accept: async () => refuse(),
  ask: async () => ({ digits: '482 1937', expires: minutes(-10), same: nothing }),
  asking: async () => [{ link: person(96), device: person(92), name: 'Safari · iPhone', expires: minutes(-9) }],
  compare: async () => ({ digits: '482 1937', same: nothing }),
  refuse: nothing,
};

const refuse = async (): Promise<never> => {
  throw new Failure('network.unreachable');
};

function sampleAccount(world: SampleOptions['world'], say: (happening: Happening) => void): Earshot['account'] {
  const { me } = samplePeople;
  let locked = world === 'locked';
  const unlock = async (): Promise<void> => {
    locked = false;
    say({ type: 'account' });
  };
  return {
    current: async () => (world === 'signed-out' ? null : { person: me.id, handle: me.handle, name: me.name, device: person(90), locked }),
    ended: async () => null,
    recoveryCode: async () => (world === 'fresh' ? '7K2M-0QXR-9D4T-VB8N-3H5W-ZC1J-6EPS' : null), recoveryKept: nothing, renewRecovery: refuse, unlock, beginAnew: refuse, recover: refuse,
    join: refuse, signIn: async () => Promise.reject(new Failure('session.credentials')), passkeySignInOptions: refuse, passkeySignIn: refuse, passkeyOptions: refuse, addPasskey: nothing,
    removePasskey: nothing, setPassword: nothing, rename: nothing, revokeDevice: nothing, ownSecret: async () => new Uint8Array(32), signOut: nothing, deleteAccount: nothing,
    me: async () => ({ person: me.id, handle: me.handle, name: me.name, device: person(90), password: true, passkeys: [{ id: 'k', name: 'Firefox · Linux', created: minutes(9_000), used: null, recovery: person(95) }], used: 412_000_000, quota: 10_737_418_240, chain: 2, locked: false }),
    devices: async () => [
      { id: person(90), name: 'Firefox · Linux', created: minutes(9_000), seen: minutes(0), current: true, locked: false },
      { id: person(91), name: 'Chrome · Android', created: minutes(5_000), seen: minutes(70), current: false, locked: false },
    ],
  };
}

const sampleRecovery: Earshot['recovery'] = {
  where: async () => [
    { place: 'device', state: 'has-not', until: null }, { place: 'server', state: 'has-not', until: null }, { place: 'own-devices', state: 'unknown', until: null },
    { place: 'backup', state: 'unknown', until: null }, { place: 'people', state: 'unknown', until: null },
  ],
  fetch: async () => null, askFor: nothing, asked: async () => [], answer: async () => true, answerDevices: nothing,
  gather: nothing, copy: refuse, bringBack: refuse, backups: async () => [{ place: 'earshot noor.tar', verified: minutes(13_000), unseen: minutes(20), key: null }], remember: nothing,
};

function sampleTake(take: Id): OutgoingTake {
  let taken = 0;
  return {
    take, split: nothing, show: nothing, cancel: nothing, send: async () => take,
    get packets() {
      return taken;
    },
    append: async (packets) => {
      taken += packets.length;
    },
    revise: async (packets) => {
      taken = packets.length;
    },
  };
}

export const samplePeaks = wave;
