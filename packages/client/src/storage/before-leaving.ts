import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Messages } from '../replica/messages.ts';
import type { MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { isPassing } from '../sync/fetch-message.ts';

/** Who has left a conversation holds nothing of it: what room was freed of the others may take away at any time. She may still read it, as long as it is there. */
export async function fetchLacking(transaction: Transaction, log: Id): Promise<void> {
  for (const { seq, id } of await lackingIn(transaction, log)) transaction.put(keys.fetch(log, seq), id);
}

/**
 * Brings here what its person would otherwise have no claim to any more. Rejects with what keeps it from coming now, and with how many are not here
 * (`lacking`). What nobody has is no reason to stay.
 */
export async function bringLacking({ store, messages }: { readonly store: Store; readonly messages: Pick<Messages, 'audio'> }, conversation: Id): Promise<void> {
  for (const { id } of await lackingIn(store, conversation)) {
    try {
      await messages.audio(id);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (isPassing(error)) throw new Failure(error.code, { ...error.evidence, conversation, lacking: (await lackingIn(store, conversation)).length }, { cause: error });
    }
  }
}

/** Those whose sound is not on this device, as far as it is not known that it cannot be had. */
async function lackingIn(store: Pick<Store, 'list'>, log: Id): Promise<MessageRow[]> {
  const rows = (await store.list(below(`r/message/${log}`))).map(([, value]) => value as MessageRow);
  return rows.filter(({ here, content, removed, failure }) => !here && content !== null && removed === null && failure === null);
}
