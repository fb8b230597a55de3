import type { Id } from '@earshot/base/ids.ts';
import type { PushSubscriptionCommand } from '@earshot/protocol/push.ts';
import type { Session } from '../account/session.ts';
import type { Message } from '../earshot.ts';
import type { WakingFace } from '../earshot-waking.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import { noCustody } from '../replica/recipients.ts';
import { viewMessage } from '../replica/view.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { sameValue } from '../stores/same-value.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';

export interface WakingPorts {
  readonly store: Store;
  readonly api: Api;
  readonly session: Session;
}

/** Who was away for longer than these events of a conversation is told of the latest ones. */
const LOOKED_BACK = 200;

/** Being woken by the server, and knowing what there is to tell then. */
export class Waking implements WakingFace {
  readonly #ports: WakingPorts;

  constructor(ports: WakingPorts) {
    this.#ports = ports;
  }

  async key(): Promise<string | null> {
    await this.#ports.session.required();
    return (await this.#ports.api.call('push')).key;
  }

  async subscribe(address: Omit<PushSubscriptionCommand, 'silent'>): Promise<void> {
    await this.#ports.session.required();
    // What is here already is no news.
    if ((await this.#told()) === undefined) await this.news();
    await this.#say({ ...address, silent: await this.#silent() });
  }

  async isOn(): Promise<boolean> {
    return (await this.#told()) !== undefined;
  }

  async renew(): Promise<void> {
    const told = await this.#told();
    if (told === undefined) return;
    const now = { ...told, silent: await this.#silent() };
    if (!sameValue(told, now)) await this.#say(now);
  }

  async unsubscribe(): Promise<void> {
    await this.#ports.session.required();
    await this.#ports.api.call('unsubscribePush');
    await this.#ports.store.commit([{ drop: keys.waking }]);
  }

  /** Several pages and a service worker may ask at once: the mark and what it covers move in one step. */
  async news(): Promise<Message[]> {
    const { person } = await this.#ports.session.required();
    const rows = await transact(this.#ports.store, async (transaction) => {
      const fresh: MessageRow[] = [];
      for (const [, value] of await transaction.list(below('r/log'))) fresh.push(...(await freshIn(transaction, value as LogRow)));
      return fresh;
    });
    return rows.filter((row) => row.person !== person).map((row) => viewMessage(row, person, noCustody));
  }

  async #say(command: PushSubscriptionCommand): Promise<void> {
    await this.#ports.api.call('subscribePush', { body: command });
    await this.#ports.store.commit([{ put: keys.waking, value: command }]);
  }

  async #told(): Promise<PushSubscriptionCommand | undefined> {
    return (await this.#ports.store.get(keys.waking)) as PushSubscriptionCommand | undefined;
  }

  async #silent(): Promise<Id[]> {
    const logs = (await this.#ports.store.list(below('r/log'))).map(([, value]) => value as LogRow);
    return logs.filter(({ muted }) => muted).map(({ id }) => id);
  }
}

/** The messages of one log that are to be told of now, and the mark that they were. */
async function freshIn(transaction: Transaction, log: LogRow): Promise<MessageRow[]> {
  const told = (await transaction.get<number>(keys.told(log.id))) ?? 0;
  if (log.last === null || log.last <= told) return [];
  transaction.put(keys.told(log.id), log.last);
  if (log.muted || log.unheard === 0) return [];
  const from = Math.max(told, log.last - LOOKED_BACK) + 1;
  const page = await transaction.list({ from: keys.message(log.id, from), to: keys.message(log.id, log.last + 1) });
  return page.map(([, value]) => value as MessageRow).filter(({ heard, removed, content }) => !heard && removed === null && content !== null);
}
