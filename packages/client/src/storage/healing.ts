import type { Id } from '@earshot/base/ids.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import { emptyLog, type LogRow, type MessageRow, type PlaceRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';

const TOLD = 'damaged/told/';

export interface HealingPorts {
  readonly store: Store;
  readonly session: Session;
  readonly bus: Bus;
  /** The person's own log. */
  readonly ownLog: (person: Id) => Promise<Id>;
  /** Has the server say again what a log lacks. */
  readonly catchUp: () => Promise<void>;
}

/**
 * Makes good what the store has set aside because it does not open any more (`damaged/...`). What events say is read from the server again, log by
 * log; what is whole here stays as it is meanwhile, its bytes too. The rest follows from other rows. What waited to be sent is nowhere else: that is told,
 * once, and kept as it is.
 */
export class Healing {
  readonly #ports: HealingPorts;

  constructor(ports: HealingPorts) {
    this.#ports = ports;
  }

  async look(): Promise<void> {
    const { store, session, bus, catchUp } = this.#ports;
    const who = await session.current();
    const damaged = who === null ? [] : (await store.list(below('damaged'))).filter(([key]) => !key.startsWith(TOLD));
    if (who === null || damaged.length === 0) return;
    const own = await this.#ports.ownLog(who.person);
    for (const [key, value] of damaged) {
      const row = key.slice('damaged/'.length);
      const lost = row.startsWith('o/row/');
      await transact(store, async (transaction) => {
        if (lost) transaction.put(`${TOLD}${row}`, value);
        else if (row.startsWith('r/')) await heal(transaction, row, who.person, own);
        transaction.drop(key);
      });
      if (lost) bus.announce({ type: 'fault', code: 'outbox.damaged', evidence: { row } });
    }
    bus.announce({ type: 'conversations' });
    await catchUp();
  }
}

async function heal(transaction: Transaction, row: string, me: Id, own: Id): Promise<void> {
  const [, folder = '', which = '', digits = '', last = ''] = row.split('/');
  switch (folder) {
    case 'message':
      // What she keeps with it is in her own log.
      await readAgain(transaction, own, me);
      return await readAgain(transaction, which, me);
    case 'log':
    case 'event':
    case 'change':
    case 'trouble':
    case 'aside':
    case 'late':
      return await readAgain(transaction, which, me);
    case 'draft':
    case 'place':
    case 'speed':
    case 'muted':
    case 'words-ahead':
    case 'hidden':
    case 'expiry':
    case 'compared':
    case 'accepted':
    case 'sought':
      return await readAgain(transaction, own, me);
    case 'at':
      return await placeAgain(transaction, which);
    case 'find':
      return transaction.drop(keys.findable);
    case 'fetch': {
      const message = await transaction.get<MessageRow>(keys.message(which, Number(digits)));
      if (message?.content && !message.here) transaction.put(row, message.id);
      return;
    }
    case 'due': {
      // When, of which log, which number.
      const message = await transaction.get<MessageRow>(keys.message(digits, Number(last)));
      if (message !== undefined) transaction.put(row, message.id);
      return;
    }
    case 'named':
      return transaction.put(row, true);
    default:
      // People, devices and receipts are told anew with every catching up.
      return;
  }
}

/** From where this person reads on; `again` says up to where what is there already stays as it is. */
async function readAgain(transaction: Transaction, log: Id, me: Id): Promise<void> {
  const row = (await transaction.get<LogRow>(keys.log(log))) ?? { ...emptyLog, id: log, kind: 'group', members: [] };
  const seqs = (await transaction.list(below(`r/event/${log}`))).map(([key]) => Number(key.slice(key.lastIndexOf('/') + 1)));
  const joined = row.members.find(({ person }) => person === me)?.joined ?? 1;
  transaction.put(keys.log(log), { ...row, applied: joined - 1, again: Math.max(row.again ?? 0, row.applied, seqs.at(-1) ?? 0), unheard: 0, roster: null, aside: undefined } satisfies LogRow);
  transaction.drop(keys.frames(log));
  for (const [key] of await transaction.list(below(`r/aside/${log}`))) transaction.drop(key);
}

async function placeAgain(transaction: Transaction, message: Id): Promise<void> {
  for (const [, value] of await transaction.list(below('r/message'))) {
    const { id, log, seq } = value as MessageRow;
    if (id === message) transaction.put(keys.at(id), { log, seq } satisfies PlaceRow);
  }
}
