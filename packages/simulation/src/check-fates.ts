import { Failure } from '@earshot/protocol/failures.ts';
import type { Message } from '@earshot/client/earshot.ts';
import type { Holding } from './check.ts';
import { checkWhole } from './check-whole.ts';
import type { Tab } from './device.ts';
import { LATE } from './settled.ts';
import { letGoSince, noteHeard, rulesOf, type Story, storiesOf, wishesOf } from './story.ts';
import type { World } from './world.ts';

/** Of each message a whole copy, or a notice that is true: on the devices of everybody who can read it, and at the server. */
export class Fates {
  readonly #world: World;
  readonly #stories: ReadonlyMap<string, Story>;
  readonly #holding: Holding;

  constructor(world: World, holding: Holding) {
    this.#world = world;
    this.#stories = storiesOf(holding);
    this.#holding = holding;
    noteHeard(world.ledger, holding);
  }

  /** The world's time goes on while it is looked at. */
  get #at(): { readonly now: number; readonly rest: number } {
    const { now, retention } = this.#world.server;
    return { now, rest: retention.rest };
  }

  /** What one device shows of a message of its person's. */
  async check(tab: Tab, message: Message): Promise<void> {
    const story = this.#stories.get(message.id);
    if (story === undefined) return;
    if (message.removed === null) await this.#live(tab, story, message);
    else await this.#notice(tab, story, message, message.removed);
  }

  async #live(tab: Tab, story: Story, message: Message): Promise<void> {
    const { ledger, trace } = this.#world;
    const { device: { person, name } } = tab;
    const { now, rest } = this.#at;
    // Whoever left before she had it is told nothing more by the log: of what is taken back afterwards she only sees that it was not to be had.
    const left = this.#left(person, story);
    const unheardOf = left && story.tookBack && message.failure?.code === 'message.missing';
    if (!unheardOf) await checkWhole(this.#world, tab, message);
    const wishes = wishesOf(ledger, person, message.id);
    const hid = Math.min(Infinity, ...wishes.flatMap(({ what, at }) => (what === 'hide' ? [at] : [])));
    if (message.resting !== null && hid === Infinity) trace.violation(`${name}: ${message.id} is in Recently Deleted, and ${person} never deleted it`);
    // What expires may do so while it rests.
    const shortest = message.expiry === null ? hid + rest : 0;
    if (message.resting !== null && (message.resting.until < shortest || message.resting.until > now + rest)) trace.violation(`${name}: ${message.id} rests until ${message.resting.until}, deleted at ${hid}`);
    // When it ends for whoever heard it is known to her also when she has left; its sender is not told any more who heard it.
    if (story.expired(person, now - LATE) !== null && !(left && person === story.event.person)) trace.violation(`${name}: ${message.id} should have expired at ${story.expired(person, now)}, and is there`);
    // Whoever left is told nothing more.
    if (left) return;
    if (story.removed !== null) trace.violation(`${name}: ${message.id} was taken back, and shows no notice`);
    if (wishes.some(({ what, done }) => what === 'let-go' && done) && !wishes.some(({ what }) => what === 'restore')) trace.violation(`${name}: ${message.id} was let go, and is there`);
  }

  async #notice({ device: { person, name }, earshot }: Tab, story: Story, { id, resting }: Message, { rule, at, by }: NonNullable<Message['removed']>): Promise<void> {
    const { ledger, trace } = this.#world;
    const { now, rest } = this.#at;
    const rules = rulesOf(story, person, ledger, this.#at);
    const { removed } = story.event;
    // What nobody holds is known by what took the last of it.
    const last = removed !== null && removed.rule === rule && removed.at === at && removed.by === by;
    // She took it back, and the server had nothing to take back from her any more: nobody held it.
    const ownWord = rule === 'removed' && by === story.event.person && ledger.takes.get(id)?.cancelling === true && removed !== null;
    // Whoever left meanwhile does not hear that it was brought back, or kept.
    const gone = this.#left(person, story) && (last || (rule === 'removed' && story.tookBack) || (rule === 'expired' && story.stopped(person)));
    if (!gone && !ownWord && (rules.size === 0 || (!rules.has(rule) && !last))) trace.violation(`${name}: ${id} is said to be ${rule} by ${by}, and is ${[...rules].join() || 'not over'} for ${person}`);
    if (at > now + LATE) trace.violation(`${name}: ${id} is ${rule} in the future, ${at}`);
    const since = rule === 'removed' ? story.removed : rule === 'expired' ? story.expired(person, now) : letGoSince(story, by, ledger, rest);
    // Who had let it go before it ended for the last of them may have said only then that she had heard it: to her, and to its sender, it ended when it did.
    const hadLetGo = (whose: string): boolean => letGoSince(story, whose, ledger, rest) <= at;
    const over = last && (hadLetGo(person) || (person === story.event.person && story.spent(at, hadLetGo)));
    if (!over && !this.#left(person, story) && since !== null && at < since - (rule === 'let-go' ? LATE : 0)) trace.violation(`${name}: ${id} is said to be ${rule} at ${at}, before ${since}`);
    if (resting !== null) {
      if (resting.until < at + rest) trace.violation(`${name}: ${id} rests until ${resting.until} only, taken back at ${at}`);
      return;
    }
    const heard = await earshot.messages.audio(id).then(
      () => 'sound',
      (error: unknown) => (error instanceof Failure ? error.code : String(error)),
    );
    if (heard !== (rule === 'expired' ? 'message.expired' : 'message.removed')) trace.violation(`${name}: ${id} is ${rule}, and gives ${heard}`);
  }

  #left(person: string, { event }: Story): boolean {
    return this.#world.ledger.left.has(`${person} ${event.log}`);
  }

  /** Whether somebody may find no copy of it, or found none before it was restored. */
  overFor(person: string, message: string): boolean {
    const story = this.#stories.get(message);
    return story !== undefined && (story.tookBack || story.event.removed !== null || rulesOf(story, person, this.#world.ledger, this.#at).size > 0);
  }

  /** When something ends, in order: by an expiry, or since it rested its time. */
  ends(): number[] {
    const { ledger } = this.#world;
    const hidden = ledger.wishes.flatMap(({ what, at }) => (what === 'hide' ? [at] : []));
    const rested = [...this.#stories.values()].flatMap(({ removed }) => (removed === null ? [] : [removed]));
    const expired = [...this.#stories.values()].flatMap((story) => story.ends);
    return [...expired, ...[...hidden, ...rested].map((since) => since + this.#at.rest)].sort((one, other) => one - other);
  }

  /** What was taken back can be restored as long as it rests: the server has its bytes. */
  async #checkRest(): Promise<void> {
    const { server, trace, ledger } = this.#world;
    const stored = await storedIn(server);
    for (const story of this.#stories.values()) {
      const { parsed: { id, blobs }, person } = story.event;
      // Nobody held what had ended for its sender as well.
      if (story.removed === null || !this.#rests(story) || rulesOf(story, person, ledger, this.#at).size > 1) continue;
      for (const { id: blob } of blobs) if (!stored.has(blob)) trace.violation(`server: ${id} rests until ${story.removed + this.#at.rest}, and the bytes of blob ${blob} are gone at ${this.#at.now}`);
    }
  }

  /** Right after the server swept: of what has rested its time it has nothing. */
  async checkFreed(): Promise<void> {
    const { server, trace } = this.#world;
    const stored = await storedIn(server);
    const kept = new Set(this.#holding.events.filter((event) => event.removed === null || this.#rests(this.#stories.get(event.parsed.id))).flatMap(({ parsed }) => parsed.blobs.map(({ id }) => id)));
    for (const story of this.#stories.values()) {
      if (story.removed === null || this.#rests(story)) continue;
      for (const { id } of story.event.parsed.blobs) if (stored.has(id) && !kept.has(id)) trace.violation(`server: ${story.event.parsed.id} has rested since ${story.removed}, and the bytes of blob ${id} are there at ${this.#at.now}`);
    }
  }

  #rests(story: Story | undefined): boolean {
    return story !== undefined && story.removed !== null && this.#at.now < story.removed + this.#at.rest;
  }

  /** What the server says to each who can read it, and what it holds. */
  async checkServer(): Promise<void> {
    const { devices, server, trace, ledger } = this.#world;
    const { now } = this.#at;
    await this.#checkRest();
    for (const person of new Set(devices.map((device) => device.person))) {
      for (const { id: log, members } of await server.disk.store.logs.of(person)) {
        if (members.find((member) => member.person === person)?.left !== null) continue;
        const page = await server.disk.store.logs.page({ person, device: '' }, log, 0, 1e9, 1e12, now);
        for (const { seq, removed } of page?.events ?? []) {
          const story = [...this.#stories.values()].find(({ event }) => event.log === log && event.seq === seq);
          if (story === undefined) continue;
          const rules = rulesOf(story, person, ledger, this.#at);
          const { id } = story.event.parsed;
          if (removed !== null && rules.size === 0) trace.violation(`server: ${id} is ${removed.rule} for ${person}, and is not over for her`);
          if (removed === null && (story.removed !== null || (story.event.person !== person && story.expired(person, now) !== null))) trace.violation(`server: ${id} is there for ${person}, and is over for her`);
        }
      }
    }
  }
}

async function storedIn({ disk }: World['server']): Promise<Set<string>> {
  const stored = new Set<string>();
  for await (const group of disk.blobs.list()) for (const blob of group) stored.add(blob);
  return stored;
}
