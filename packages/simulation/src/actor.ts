import { makeId } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Conversation, OutgoingTake } from '@earshot/client/earshot.ts';
import type { Dice } from './dice.ts';
import type { Tab } from './device.ts';
import { KeepingActs } from './keeping-acts.ts';
import { type Ledger, planTake, type Take } from './ledger.ts';
import type { ServerHost } from './server-host.ts';
import { drawExpiry } from './terms.ts';
import type { VirtualTime } from './time.ts';
import type { Trace } from './trace.ts';

export interface Stage {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly server: ServerHost;
  /** People care about what they keep: they choose expiries, delete, bring back, say on. */
  readonly keeps: boolean;
  /** Longest pause between two things that one person does, milliseconds. */
  readonly pause: number;
  /** The storm is over: nobody begins anything new. */
  resting: boolean;
}

/** What may come of an action in a storm. Anything else is a violation. */
const EXCUSED: ReadonlySet<FailureCode> = new Set<FailureCode>(['device.storage', 'network.unreachable', 'network.stalled', 'network.foreign', 'server.busy', 'server.fault', 'server.storage', 'not-found', 'message.removed', 'message.missing', 'message.expired', 'message.rested']);

/** What a person does at one window of one device: speak, cancel, listen, take back, look around. */
export class Actor {
  readonly #tab: Tab;
  readonly #stage: Stage;
  readonly #dice: Dice;

  constructor(tab: Tab, stage: Stage, dice: Dice) {
    this.#tab = tab;
    this.#stage = stage;
    this.#dice = dice;
  }

  async live(): Promise<void> {
    const { time, pause } = this.#stage;
    const { life } = this.#tab;
    while (!this.#stage.resting) {
      await time.sleep(this.#dice.between(100, pause), life);
      if (!this.#stage.resting) await this.attempt('act', () => this.#act());
    }
  }

  /** Whether it came off. */
  async attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
    const { trace } = this.#stage;
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof Failure && EXCUSED.has(error.code)) trace.say(`${this.#tab.device.name}: ${what} met ${error.code}`);
      else trace.violation(`${this.#tab.device.name}: ${what} threw ${error instanceof Failure ? `${error.code} ${JSON.stringify(error.evidence)}` : String(error instanceof Error ? error.stack : error)}`);
      return false;
    }
  }

  async #act(): Promise<void> {
    if (this.#stage.keeps && this.#dice.chance(0.4)) return await this.#keep();
    const thrown = this.#dice.fraction();
    if (thrown < 0.55) return await this.#speak();
    if (thrown < 0.7) return await this.#resume();
    if (thrown < 0.85) return await this.#listen();
    if (thrown < 0.91) return await this.#takeBack();
    if (thrown < 0.94) return await this.#meet();
    if (thrown < 0.96) return await this.#invite();
    if (thrown < 0.965) return await this.#leave();
    await this.#tab.earshot.outgoing.tryNow();
  }

  async #keep(): Promise<void> {
    if (this.#dice.chance(0.4)) return await this.#listen();
    const conversation = await this.#conversation();
    if (conversation !== null) await new KeepingActs(this.#tab, this.#stage, this.#dice).act(conversation);
  }

  async #conversation(): Promise<Conversation | null> {
    const open = (await this.#tab.earshot.conversations.list()).filter(({ closed }) => closed === null);
    return open.length === 0 ? null : this.#dice.pick(open);
  }

  async #speak(): Promise<void> {
    const conversation = await this.#conversation();
    if (conversation === null) return;
    const { device } = this.#tab;
    const { ledger, keeps, server } = this.#stage;
    const planned = planTake(this.#dice, { id: makeId(this.#dice), device: device.name, person: device.person, conversation: conversation.id });
    const take = keeps && this.#dice.chance(0.5) ? { ...planned, expiry: drawExpiry(this.#dice, server.retention) } : planned;
    ledger.takes.set(take.id, take);
    await this.drive(take);
  }

  async #resume(): Promise<void> {
    const idle = [...this.#stage.ledger.takes.values()].filter((take) => take.device === this.#tab.device.name && isOpen(take));
    if (idle.length > 0) await this.drive(this.#dice.pick(idle));
  }

  /** Brings a take to its fate, from wherever it stands. */
  async drive(take: Take): Promise<void> {
    const { life } = this.#tab;
    take.driver = life;
    const end = (): void => {
      if (take.driver === life) take.driver = null;
    };
    life.atEnd(end);
    try {
      const outgoing = await this.#reached(take);
      if (outgoing === null) return;
      await this.#speakOn(take, outgoing);
      if (take.cancelling || take.fate === 'cancel') await this.#cancel(take, outgoing);
      else if (take.fate === 'send') await this.#send(take, outgoing);
    } finally {
      end();
    }
  }

  /** The take where it stands; null when there is nothing to be done on it any more. */
  async #reached(take: Take): Promise<OutgoingTake | null> {
    const { outgoing, messages } = this.#tab.earshot;
    const known = await outgoing.reopen(take.id);
    if (known !== null) return known;
    if ((await messages.get(take.id)) !== null) {
      take.sent ??= this.#stage.ledger.moment();
      return null;
    }
    if (take.cancelling) {
      // It was given up, and is gone: that is what was wanted.
      take.cancelled = true;
      return null;
    }
    if (take.sending) {
      this.#stage.trace.violation(`${take.device}: ${take.id} was being sent, and is nowhere`);
      take.cancelled = true;
      return null;
    }
    return await outgoing.begin({ take: take.id, conversation: take.conversation });
  }

  async #speakOn(take: Take, outgoing: OutgoingTake): Promise<void> {
    const { life } = this.#tab;
    const quick = this.#dice.chance(0.5);
    while (outgoing.packets < take.packets.length) {
      const packets = take.packets.slice(outgoing.packets, outgoing.packets + this.#dice.int(1, quick ? 400 : 60));
      if (!quick) await this.#stage.time.sleep(packets.length * 20, life);
      await outgoing.append(packets);
      if (this.#dice.chance(0.05)) await outgoing.split();
      if (take.fate === 'draft' && this.#dice.chance(0.3) && !this.#stage.resting) return;
    }
  }

  async #send(take: Take, outgoing: OutgoingTake): Promise<void> {
    const { ledger, trace } = this.#stage;
    const { samples, preSkip, expiry } = take;
    trace.say(`${take.device}: sends ${take.id}`);
    take.sending = true;
    take.sendBegan ??= ledger.moment();
    await outgoing.send({ samples, preSkip, waveform: Uint8Array.of(1, 2, 3), source: { from: 'microphone' }, ...(expiry !== undefined && { expiry }) });
    take.sent ??= ledger.moment();
    trace.say(`${take.device}: sent ${take.id}`);
  }

  async #cancel(take: Take, outgoing: OutgoingTake): Promise<void> {
    take.cancelling = true;
    await outgoing.cancel();
    take.cancelled = true;
    this.#stage.trace.say(`${take.device}: cancelled ${take.id}`);
  }

  async #listen(): Promise<void> {
    const { ledger, trace } = this.#stage;
    const { earshot, device } = this.#tab;
    const conversation = await this.#conversation();
    if (conversation === null) return;
    const unheard = (await earshot.messages.list(conversation.id)).filter((message) => !message.mine && !message.heard && message.here && message.removed === null);
    if (unheard.length === 0) return;
    const { id } = this.#dice.pick(unheard);
    ledger.hearing.add(`${device.person} ${id}`);
    await earshot.messages.heard(id, 1);
    if ((await earshot.messages.get(id))?.heard === true) ledger.heard.add(`${device.person} ${id}`);
    trace.say(`${device.name}: heard ${id}`);
  }

  /** Takes back a message of one's own, sent or on its way. */
  async #takeBack(): Promise<void> {
    const { ledger, trace, server } = this.#stage;
    const { earshot, device } = this.#tab;
    const conversation = await this.#conversation();
    if (conversation === null) return;
    const mine = (await earshot.messages.list(conversation.id)).filter((message) => message.mine && message.removed === null);
    if (mine.length === 0) return;
    const { id, forwarded, sha256 } = this.#dice.pick(mine);
    const take = ledger.takes.get(id);
    // What says something again may not have told so yet on this device, e.g. where it was just brought back.
    if (take === undefined && (forwarded !== null || sha256 === '')) return;
    if (take === undefined) return trace.violation(`${device.name}: message ${id} was never spoken`);
    take.cancelling = true;
    if (this.#dice.chance(0.4)) {
      await earshot.outgoing.discard(id);
      if ((await earshot.messages.get(id)) === null) take.cancelled = true;
    } else {
      ledger.wishes.push({ person: device.person, message: id, what: 'remove', at: server.now, done: false });
      await earshot.messages.remove(id);
      take.removed = true;
    }
    trace.say(`${device.name}: took back ${id}${take.cancelled ? ' before it left' : take.removed ? '' : ', too late'}`);
  }

  async #meet(): Promise<void> {
    const { conversations, people } = this.#tab.earshot;
    const everybody = await people.list();
    if (everybody.length === 0) return;
    if (this.#dice.chance(0.8)) this.#stage.ledger.conversations.add(await conversations.direct(this.#dice.pick(everybody).id));
    else this.#stage.ledger.conversations.add(await conversations.createGroup({ title: 'Field crew', members: everybody.filter(() => this.#dice.chance(0.5)).map(({ id }) => id) }));
  }

  async #invite(): Promise<void> {
    const { conversations, people } = this.#tab.earshot;
    const conversation = await this.#conversation();
    const { person } = this.#tab.device;
    if (conversation?.kind !== 'group' || !conversation.members.some((member) => member.person === person && member.role === 'owner')) return;
    const absent = (await people.list()).filter(({ id }) => !conversation.members.some((member) => member.person === id));
    if (absent.length > 0) await conversations.add(conversation.id, [this.#dice.pick(absent).id]);
  }

  async #leave(): Promise<void> {
    const conversation = await this.#conversation();
    if (conversation?.kind !== 'group') return;
    const { ledger, server, trace } = this.#stage;
    const leaving = `${this.#tab.device.person} ${conversation.id}`;
    ledger.left.set(leaving, ledger.left.get(leaving) ?? server.now);
    trace.say(`${this.#tab.device.name}: leaves ${conversation.id}`);
    const { conversations } = this.#tab.earshot;
    await conversations.leave(conversation.id).catch(() => conversations.leave(conversation.id, { anyway: true }));
  }
}

/** Nobody works on it, and something is left to be done. */
export function isOpen(take: Take): boolean {
  return take.driver === null && take.sent === null && !take.cancelled && !take.removed;
}
