import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { compose } from '../outbox/compose.ts';
import { release } from '../outbox/rows.ts';
import type { LogRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { KeepingPorts } from './acts.ts';
import { retentionOf } from './expiry.ts';

/** Says it in a conversation, or (in one's own log) of all where nothing else was said. */
export async function setExpiry({ store, session, random, clock, outbox, bus }: Omit<KeepingPorts, 'time' | 'ownLog'>, conversation: Id, seconds: number | null): Promise<void> {
  const { person, device } = await session.required();
  const { least, most } = await retentionOf(store);
  if (seconds !== null && (seconds < least || seconds > most)) throw new Failure('expiry.refused', { least, most, seen: seconds });
  const event = compose({ id: makeId(random), log: conversation, device, class: 'signal', body: { kind: 'expiry', seconds } });
  await transact(store, async (transaction) => {
    const log = await transaction.get<LogRow>(keys.log(conversation));
    if (log === undefined) throw new Failure('not-found', { conversation });
    if (log.kind === 'group' && !log.members.some((one) => one.person === person && one.role === 'owner' && one.left === null)) throw new Failure('not-allowed', { conversation });
    if (log.kind === 'self') transaction.put(keys.expiry, seconds);
    else transaction.put(keys.log(conversation), asked(log, seconds));
    await release(transaction, person, event, clock.now());
  });
  outbox.kick(conversation);
  bus.announce({ type: 'conversations' });
}

/** It counts at once. What the log says of it stays known: the server may refuse it. */
function asked({ expiry, ...log }: LogRow, seconds: number | null): LogRow {
  return { expiryLogged: expiry === undefined ? {} : { expiry }, ...log, expiry: seconds };
}
