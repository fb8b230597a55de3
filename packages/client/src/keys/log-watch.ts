import type { Id } from '@earshot/base/ids.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { EventFrame } from '@earshot/protocol/frames.ts';
import { deviceAt, standingOf } from './chain-heads.ts';
import { type Chain, identityOf } from './chain.ts';

/**
 * Watches a log for a server that drops, repeats, reorders or forks. What was seen of the log so far, as plain data; `judge` is pure.
 *
 * Laws, along the log
 * 1. The counter of a device grows with each of its events.
 * 2. What a sender had seen is what is here: the same event at the same number, and before the event that says so.
 * 3. The sending device was in its person's chain at the head that the event names, and was not revoked at any head that was named earlier. A whole chain is
 *    revoked with the first head of one that took its place.
 * 4. The generation is the one in force; only an event that begins one brings a later one. (Not always the next: what began the one between may be unreadable.)
 */
export type LogWatch = {
  readonly seq: number;
  readonly generation: number;
  /** The last counter of each device. */
  readonly counters: Readonly<Record<Id, number>>;
  /** The furthest index of each chain that anybody has named, by the identity of whose it is. */
  readonly heads: Readonly<Record<string, number>>;
};

export const nothingWatched: LogWatch = { seq: 0, generation: 0, counters: {}, heads: {} };

/** What two parts of a log have said. */
export function mergedWatch(one: LogWatch, other: LogWatch): LogWatch {
  const most = (first: Readonly<Record<Id, number>>, second: Readonly<Record<Id, number>>): Record<Id, number> => {
    const all: Record<Id, number> = { ...first };
    for (const [id, value] of Object.entries(second)) all[id] = Math.max(all[id] ?? 0, value);
    return all;
  };
  return { seq: Math.max(one.seq, other.seq), generation: Math.max(one.generation, other.generation), counters: most(one.counters, other.counters), heads: most(one.heads, other.heads) };
}

export interface WatchedEvent {
  readonly seq: number;
  readonly person: Id;
  readonly envelope: Envelope;
  readonly frame: EventFrame;
}

export interface Knowledge {
  /** Hash of the event at this number as it is here (see `hashedBytes`); null when it is not, e.g. from before one joined. */
  readonly hashAt: (seq: number) => string | null;
  /** The chain of a person as it is known, or as it was before she began anew where that is the one that is named; null when it is not known. */
  readonly chainOf: (person: Id) => Chain | null;
  /** The identities under which the sender went on after the chain that she names. */
  readonly later: readonly string[];
}

export type Judgement =
  | { readonly is: 'fine'; readonly watch: LogWatch; readonly signingKey: string }
  /** These chains are longer than they are known here: fetch them and judge again. When the server has no more: `hidden`. */
  | { readonly is: 'unread'; readonly people: readonly Id[] }
  | { readonly is: 'wrong'; readonly reason: WatchFault };

export type WatchFault = 'order' | 'counter' | 'saw' | 'fork' | 'device' | 'revoked' | 'generation' | 'chain';

export function judge(watch: LogWatch, { seq, person, envelope, frame }: WatchedEvent, { hashAt, chainOf, later }: Knowledge): Judgement {
  if (seq <= watch.seq) return wrong('order');
  const begins = envelope.class === 'members' || envelope.class === 'key';
  if (watch.generation > 0 && envelope.generation !== watch.generation && !(begins && envelope.generation > watch.generation)) return wrong('generation');
  if (frame.counter <= (watch.counters[envelope.device] ?? 0)) return wrong('counter');
  const { saw } = frame;
  if ((saw === null) !== (envelope.class === 'create') || (saw !== null && saw.seq >= seq)) return wrong('saw');
  const here = saw === null ? null : hashAt(saw.seq);
  if (saw !== null && here !== null && here !== saw.hash) return wrong('fork');

  const named = [{ person, ...frame.chains.own }, ...frame.chains.others];
  const standings = named.map((head) => ({ person: head.person, standing: standingIn(chainOf(head.person), head) }));
  const unread = standings.filter(({ standing }) => standing.is === 'ahead').map((one) => one.person);
  if (unread.length > 0) return { is: 'unread', people: unread };
  if (standings.some(({ standing }) => standing.is === 'contradicts')) return wrong('chain');

  const heads: Record<Id, number> = { ...watch.heads };
  for (const { person: whose, standing } of standings) {
    const identity = identityIn(chainOf(whose));
    if ('index' in standing) heads[identity] = Math.max(heads[identity] ?? 0, standing.index);
  }
  const own = standings[0]?.standing;
  const chain = chainOf(person);
  const device = chain !== null && own !== undefined && 'index' in own ? deviceAt(chain, envelope.device, own.index) : null;
  if (device === null) return wrong('device');
  if (later.some((identity) => identity in heads)) return wrong('revoked');
  if (device.revoked !== null && device.revoked <= (heads[identityIn(chain)] ?? 0)) return wrong('revoked');
  const counters = { ...watch.counters, [envelope.device]: frame.counter };
  return { is: 'fine', watch: { seq, generation: envelope.generation, counters, heads }, signingKey: device.keys.signing };
}

function identityIn(chain: Chain | null): string {
  return chain === null ? '' : identityOf(chain);
}

function standingIn(chain: Chain | null, head: Parameters<typeof standingOf>[1]): ReturnType<typeof standingOf> {
  return chain === null ? { is: 'ahead' } : standingOf(chain, head);
}

function wrong(reason: WatchFault): Judgement {
  return { is: 'wrong', reason };
}
