import type { Conversation, Message } from '@earshot/client/earshot.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import type { Device, Tab } from './device.ts';
import type { Dice } from './dice.ts';
import type { Ledger, Wish } from './ledger.ts';
import { drawExpiry } from './terms.ts';
import type { ServerHost } from './server-host.ts';
import type { Trace } from './trace.ts';

export interface KeepingStage {
  readonly ledger: Ledger;
  readonly trace: Trace;
  readonly server: ServerHost;
}

/** What a person does about messages that are there: keeps them, lets them go, brings them back, says them on. */
export class KeepingActs {
  readonly #tab: Tab;
  readonly #stage: KeepingStage;
  readonly #dice: Dice;

  constructor(tab: Tab, stage: KeepingStage, dice: Dice) {
    this.#tab = tab;
    this.#stage = stage;
    this.#dice = dice;
  }

  async act(conversation: Conversation): Promise<void> {
    const thrown = this.#dice.fraction();
    if (thrown < 0.15) return await this.#setExpiry(conversation);
    if (thrown < 0.35) return await this.#restore();
    const there = (await this.#tab.earshot.messages.list(conversation.id)).filter(({ seq, removed, failure }) => seq !== null && removed === null && failure === null);
    if (there.length === 0) return;
    const message = this.#dice.pick(there);
    if (thrown < 0.5) return await this.#keep(message);
    if (thrown < 0.65) return await this.#wish('hide', message, (id) => this.#tab.earshot.messages.removeForMe(id));
    if (thrown < 0.72) return await this.#wish('let-go', message, (id) => this.#tab.earshot.messages.removeForGood(id));
    if (thrown < 0.85) return await this.#forward(message);
    if (message.mine) await this.#wish('remove', message, (id) => this.#tab.earshot.messages.remove(id));
  }

  async #wish(what: Wish['what'], { id }: Message, work: (id: string) => Promise<void>): Promise<void> {
    const { ledger, trace, server } = this.#stage;
    const { device } = this.#tab;
    const wish: Wish = { person: device.person, message: id, what, at: server.now, done: false };
    ledger.wishes.push(wish);
    trace.say(`${device.name}: ${what} ${id}`);
    await work(id);
    wish.done = true;
    const event = hidingOf(device, id, what === 'hide');
    if (event !== undefined) wish.event = event;
  }

  async #keep(message: Message): Promise<void> {
    const once = message.expiry?.seconds === 0 && !message.mine;
    if (message.expiry !== null && !once) await this.#wish('keep', message, (id) => this.#tab.earshot.messages.keep(id));
  }

  /** Out of Recently Deleted; or it is to rest no longer. */
  async #restore(): Promise<void> {
    const { messages } = this.#tab.earshot;
    const resting = await messages.recentlyDeleted();
    if (resting.length === 0) return;
    const message = this.#dice.pick(resting);
    if (this.#dice.chance(0.8)) await this.#wish('restore', message, (id) => messages.restore(id));
    else await this.#wish('let-go', message, (id) => messages.removeForGood(id));
  }

  async #forward(message: Message): Promise<void> {
    const { earshot, device } = this.#tab;
    const { ledger, trace } = this.#stage;
    const open = (await earshot.conversations.list()).filter(({ closed }) => closed === null);
    if (open.length === 0 || (message.expiry?.seconds === 0 && message.keptFor === null && !message.mine)) return;
    const { id } = this.#dice.pick(open);
    ledger.forwards.add(`${device.person} ${id} ${message.id}`);
    trace.say(`${device.name}: forwards ${message.id} to ${id} as ${await earshot.messages.forward(message.id, id)}`);
  }

  async #setExpiry({ id, kind, members }: Conversation): Promise<void> {
    const { person, name } = this.#tab.device;
    if (kind === 'group' && !members.some((member) => member.person === person && member.role === 'owner' && member.active)) return;
    const seconds = drawExpiry(this.#dice, this.#stage.server.retention);
    this.#stage.trace.say(`${name}: what is sent to ${id} expires after ${seconds} s`);
    await this.#tab.earshot.conversations.setExpiry(id, seconds);
  }
}

/** The last event on its way from this device that says of a message that its person deleted it for herself, or does not any more. */
function hidingOf({ disk }: Device, message: string, hidden: boolean): string | undefined {
  const rows = disk.below('o/row').map(([, value]) => value as OutboxRow);
  const said = rows.filter(({ event }) => event?.body.kind === 'hidden' && event.body.message === message && event.body.hidden === hidden);
  return said.toSorted((one, other) => orderOf(one) - orderOf(other)).at(-1)?.event?.envelope.id;
}

const orderOf = ({ state }: OutboxRow): number => ('order' in state ? state.order : 0);
