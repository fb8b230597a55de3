import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Session } from '../ports.ts';
import { Household, type Said } from '../testing/household.ts';
import { letGo } from './let-go.ts';
import { sweep } from './sweep.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const REST = 30 * DAY;
const TERMS = [null, 0, 120, 3 * 86_400];

/** What was said, as its people would tell it. */
interface Told {
  readonly message: Said;
  readonly sender: string;
  term: number | null;
  readonly ended: Map<string, number>;
  readonly heard: Set<string>;
  removed: number | null;
  gone: boolean;
}

/** One group whose members do whatever comes to their minds; beside it the plain account of who holds what. */
class Group {
  readonly house = new Household();
  readonly people: Session[] = [];
  log = '';
  readonly joined = new Map<string, number>();
  readonly present = new Set<string>();
  readonly told: Told[] = [];

  async begin(): Promise<void> {
    for (const name of ['ada', 'bo', 'cy', 'dan']) this.people.push(await this.house.join(name));
    const [ada, ...others] = this.people;
    assert.ok(ada);
    this.log = await this.house.group(ada, others.slice(0, 2));
    for (const { person } of this.people.slice(0, 3)) this.#comes(person, 1);
  }

  #comes(person: string, seq: number): void {
    this.joined.set(person, seq);
    this.present.add(person);
  }

  async act(roll: (below: number) => number): Promise<void> {
    const who = this.people.filter(({ person }) => this.present.has(person))[roll(this.present.size)];
    const one = this.told[roll(this.told.length)];
    const kind = roll(20);
    if (kind >= 17) this.house.now += [MINUTE, DAY, 10 * DAY][kind - 17] ?? 0;
    else if (who !== undefined && (kind < 5 || one === undefined)) await this.#say(who, TERMS[roll(TERMS.length)] ?? null);
    else if (who !== undefined && one !== undefined && one.message.seq >= (this.joined.get(who.person) ?? 0)) await this.#about(kind, who, one);
    this.settle();
  }

  async #say(who: Session, term: number | null): Promise<void> {
    await this.#keyed(who);
    this.told.push({ message: await this.house.say(who, this.log, term), sender: who.person, term, ended: new Map(), heard: new Set(), removed: null, gone: false });
  }

  /** A key for those who are there, where somebody went. */
  async #keyed(who: Session): Promise<void> {
    const [info] = await this.house.ports.store.logs.of(who.person);
    if (info?.due === true) await this.house.post(who, this.log, { class: 'key' });
  }

  async #about(kind: number, who: Session, one: Told): Promise<void> {
    const { log, house } = this;
    const { message, sender } = one;
    const refers = [message.id];
    const mine = who.person === sender;
    if (kind < 9) {
      await this.#keyed(who);
      await house.post(who, log, { class: 'heard', refers });
      if (!mine && one.term !== null && !one.gone) {
        one.heard.add(who.person);
        if (!one.ended.has(who.person)) one.ended.set(who.person, house.now + one.term * 1000);
      }
    } else if (kind < 10) {
      await house.post(who, log, { class: 'keep', refers }).catch(refusedWith('not-allowed'));
      // What nobody holds any more is not there to be kept.
      if ((one.term === 0 && !mine) || !this.people.some(({ person }) => this.#holds(person, one))) return;
      one.term = null;
      for (const [person, at] of one.ended) if (at > house.now && one.heard.has(person)) one.ended.delete(person);
    } else if (kind < 13) {
      const forGood = kind === 12;
      await letGo(house.ports, who, log, { messages: refers, forGood });
      if (one.removed === null || !mine) one.ended.set(who.person, Math.min(house.now, one.ended.get(who.person) ?? Infinity));
      else if (forGood) one.gone = true;
    } else if (kind < 15) await this.#takeBack(kind === 13 ? 'remove' : 'restore', who, one);
    else await this.#come(who, kind === 15);
  }

  async #takeBack(kind: 'remove' | 'restore', who: Session, one: Told): Promise<void> {
    const { house } = this;
    const mine = who.person === one.sender;
    await house.post(who, this.log, { class: kind, refers: [one.message.id] }).catch(refusedWith('not-allowed', 'message.rested'));
    if (!mine || one.gone) return;
    if (kind === 'remove') one.removed ??= house.now;
    else one.removed = null;
  }

  /** Somebody leaves, or whoever is away comes again. */
  async #come(who: Session, leaves: boolean): Promise<void> {
    const { house, log } = this;
    if (leaves && this.present.size > 1) {
      await house.post(who, log, { class: 'members', membership: { remove: [who.person] } });
      this.present.delete(who.person);
      return;
    }
    const away = this.people.find(({ person }) => !this.present.has(person));
    if (away === undefined) return;
    await this.#keyed(who);
    const { seq } = await house.post(who, log, { class: 'members', membership: { add: [away.person] } }).catch(() => ({ seq: 0 }));
    if (seq > 0) this.#comes(away.person, seq);
  }

  #holds(person: string, { message, sender, term, ended, heard }: Told): boolean {
    if (!this.present.has(person) || (this.joined.get(person) ?? 0) > message.seq) return false;
    if ((ended.get(person) ?? Infinity) <= this.house.now) return false;
    return person !== sender || term === null || heard.size === 0 || [...heard].some((who) => (ended.get(who) ?? 0) > this.house.now);
  }

  settle(): void {
    for (const one of this.told) {
      if (one.removed !== null) one.gone ||= one.removed + REST < this.house.now;
      else one.gone ||= !this.people.some(({ person }) => this.#holds(person, one));
    }
  }

  expected(): string[] {
    return this.told.filter(({ gone }) => !gone).flatMap(({ message }) => message.blobs.map(({ id }) => id)).sort();
  }
}

function refusedWith(...codes: string[]): (error: unknown) => void {
  return (error) => assert.ok(error instanceof Failure && codes.includes(error.code), String(error));
}

for (const seed of [1, 2, 3, 4]) {
  test(`[RET7] whatever people do, the server has the bytes of what somebody holds or what rests, and no others; everything else is a notice (seed ${seed})`, async () => {
    const group = new Group();
    await group.begin();
    const random = seededRandom(seed);
    const roll = (below: number): number => Math.floor(random.fraction() * below);
    for (let step = 0; step < 400; step += 1) {
      await group.act(roll);
      if (step % 20 > 0) continue;
      await sweep(group.house.ports);
      assert.deepEqual(await group.house.bytes(), group.expected(), `step ${step}`);
    }
    const notices = await Promise.all(group.told.map(async ({ message, gone, removed }) => ({ gone, removed, event: await group.house.ports.store.logs.event(group.log, message.seq, group.house.now) })));
    for (const { gone, removed, event } of notices) assert.equal(event?.event.removed === null, !gone && removed === null);
    assert.ok(notices.some(({ gone }) => gone) && notices.some(({ gone }) => !gone), 'a run in which nothing happened shows nothing');
  });
}
