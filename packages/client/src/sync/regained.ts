import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import { isHers } from '../account/hers.ts';
import type { EventRow, LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import { eventAt } from './event-at.ts';

/** Of the logs that the server was asked for, it does not know those any more that its answer lacks. What she left long ago nobody owes her. */
export async function takeAbsent(store: Store, me: Id, asked: ReadonlyMap<Id, number>, answered: readonly { readonly log: LogInfo }[]): Promise<void> {
  const there = new Set(answered.map(({ log }) => log.id));
  for (const log of [...asked.keys()].filter((id) => !there.has(id))) {
    await transact(store, async (transaction) => {
      const row = await transaction.get<LogRow>(keys.log(log));
      const active = row?.members.some(({ person, left }) => person === me && left === null) === true;
      if (active && !row.pending && row.lost !== 0 && (await isHers(transaction, me))) transaction.put(keys.log(log), { ...row, lost: 0 });
    });
  }
}

/**
 * Of logs that the server had lost: asks for the last event that is here. Where the server has the same one at its number, it has all before it as well;
 * where nothing is here, it has the log again once it has what would come first. `true` when one of them is whole again.
 */
export async function regained({ store, api }: { readonly store: Store; readonly api: Api }, lacking: readonly Pick<LogRow, 'id'>[], signal: AbortSignal): Promise<boolean> {
  let any = false;
  for (const { id } of lacking) {
    const { applied = 0 } = ((await store.get(keys.log(id))) as LogRow | undefined) ?? {};
    const own = (await store.get(keys.event(id, applied))) as EventRow | undefined;
    const there = await idAt(api, id, own === undefined ? applied + 1 : applied, signal);
    if (there === null || (own !== undefined && there !== own.envelope.id)) continue;
    any = true;
    await transact(store, async (transaction) => {
      const { lost: _, ...whole } = (await transaction.get<LogRow>(keys.log(id))) ?? {};
      if (!('id' in whole)) return;
      transaction.put(keys.log(id), whole);
      // What the server was asked for while it had lost it is asked for again.
      for (const [, value] of await transaction.list(below(`r/message/${id}`))) {
        const { seq, failure, removed, id: message } = value as MessageRow;
        if (failure?.code === 'message.missing' && removed === null) transaction.put(keys.fetch(id, seq), message);
      }
    });
  }
  return any;
}

async function idAt(api: Api, log: Id, seq: number, signal: AbortSignal): Promise<Id | null> {
  try {
    return (await eventAt(api, log, seq, signal))?.envelope.id ?? null;
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return null;
    throw error;
  }
}
