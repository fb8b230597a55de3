import type { LogInfo } from '@earshot/protocol/people.ts';
import type { Removal } from '@earshot/protocol/envelope.ts';
import type { Holding, Logged } from './check.ts';
import type { Ledger, Wish } from './ledger.ts';

type Rule = Removal['rule'];

/** What the log of a conversation makes of one message: the plain account, beside the engines' own. Times are the server's. */
export class Story {
  readonly event: Logged;
  readonly #log: LogInfo;
  /** Seconds after it was heard until it ends; null: never, or never again. */
  #term: number | null;
  /** When it ends for whom, by its expiry. */
  readonly #ends = new Map<string, number>();
  /** Whose clocks somebody stopped. */
  readonly #stopped = new Set<string>();
  #removed: number | null = null;
  #tookBack = false;

  constructor(event: Logged, log: LogInfo) {
    const { expiry } = event.parsed;
    this.event = event;
    this.#log = log;
    this.#term = expiry === 'never' ? null : expiry.heard;
  }

  /** An event about it, in the order of the log. */
  follow({ at, person, parsed }: Logged): void {
    const mine = person === this.event.person;
    if (parsed.class === 'heard' && !mine && this.#term !== null && !this.#ends.has(person)) this.#ends.set(person, at + this.#term * 1000);
    if (parsed.class === 'keep' && (this.#term !== 0 || mine)) this.#keep(at);
    if (parsed.class === 'remove' && mine) {
      this.#removed ??= at;
      this.#tookBack = true;
    }
    if (parsed.class === 'restore' && mine) this.#removed = null;
  }

  #keep(at: number): void {
    for (const [person, end] of this.#ends) if (end > at && this.#ends.delete(person)) this.#stopped.add(person);
    this.#term = null;
  }

  /** Whom it was said to and is there still. */
  get listeners(): readonly string[] {
    const { seq, person } = this.event;
    return this.#log.members.filter((one) => one.person !== person && one.left === null && one.joined <= seq).map((one) => one.person);
  }

  /** Who sent what expires has it as long as one who can still hear it. */
  #senderEnds(now: number): number | null {
    if (this.#term === null || this.#ends.size === 0 || !this.listeners.every((person) => this.#ends.has(person))) return null;
    const end = Math.max(...this.#ends.values());
    return end <= now ? end : null;
  }

  /** When its expiry ended it for somebody; null: it did not. */
  expired(person: string, now: number): number | null {
    const end = person === this.event.person ? this.#senderEnds(now) : (this.#ends.get(person) ?? null);
    return end !== null && end <= now ? end : null;
  }

  /** When it ends for those who heard it. */
  get ends(): readonly number[] {
    return [...this.#ends.values()];
  }

  /** Whether her clock ran, and somebody stopped it by keeping it. Its sender's runs with those of the others. */
  stopped(person: string): boolean {
    return this.#stopped.has(person) || (person === this.event.person && this.#stopped.size > 0);
  }

  /** Since when it is taken back from everyone; null: it is not. */
  get removed(): number | null {
    return this.#removed;
  }

  /** Whether it was ever taken back, also where it was restored after that. */
  get tookBack(): boolean {
    return this.#tookBack;
  }

  /** Of its sender: somebody heard it and that ran out, and the others let it go. */
  spent(now: number, gone: (person: string) => boolean): boolean {
    return [...this.#ends.values()].some((at) => at <= now) && this.listeners.every((person) => this.expired(person, now) !== null || gone(person));
  }
}

/** Every message that anybody can read, by its id. */
export function storiesOf({ logs, events }: Holding): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  for (const event of events) {
    const log = logs.get(event.log);
    if (event.parsed.class === 'message' && log !== undefined) stories.set(event.parsed.id, new Story(event, log));
    for (const id of new Set(event.parsed.refers)) stories.get(id)?.follow(event);
  }
  return stories;
}

/** By which rules a message may be over for somebody, at time `now`. */
export function rulesOf(story: Story, person: string, ledger: Ledger, { now, rest }: { readonly now: number; readonly rest: number }): ReadonlySet<Rule> {
  const { id } = story.event.parsed;
  const gone = (whose: string): boolean => wishedAway(wishesOf(ledger, whose, id), rest) <= now;
  const rules = new Set<Rule>();
  if (story.removed !== null) rules.add('removed');
  if (story.expired(person, now) !== null || (person === story.event.person && story.spent(now, gone))) rules.add('expired');
  if (gone(person)) rules.add('let-go');
  return rules;
}

export function wishesOf({ wishes }: Ledger, person: string, message: string): Wish[] {
  return wishes.filter((wish) => wish.person === person && wish.message === message);
}

/** The first moment at which somebody who wished this can hold it no longer; Infinity without. */
function wishedAway(wishes: readonly Wish[], rest: number): number {
  const gone = wishes.filter((wish) => wish.what === 'let-go' || (wish.what === 'hide' && !isBroughtBack(wish, wishes, rest)));
  return Math.min(Infinity, ...gone.map(({ what, at }) => (what === 'hide' ? at + rest : at)));
}

/** Whether the server heard in time that what was deleted does not rest any more. */
function isBroughtBack({ at, heard: deleted }: Wish, wishes: readonly Wish[], rest: number): boolean {
  return deleted !== undefined && wishes.some(({ what, heard }) => what === 'restore' && heard !== undefined && heard > deleted && heard < at + rest);
}

/** Notes what the server heard of what was wished, and when. */
export function noteHeard({ wishes }: Ledger, { byId }: Pick<Holding, 'byId'>): void {
  for (const wish of wishes) {
    const heard = wish.event === undefined ? undefined : byId.get(wish.event)?.at;
    if (heard !== undefined) wish.heard = heard;
  }
}

/** The first moment at which somebody can have let it go: as she wished, or with all that she held when she left. Infinity: she cannot. */
export function letGoSince({ event }: Story, person: string, ledger: Ledger, rest: number): number {
  return Math.min(wishedAway(wishesOf(ledger, person, event.parsed.id), rest), ledger.left.get(`${person} ${event.log}`) ?? Infinity);
}
