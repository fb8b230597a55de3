import type { Id } from '@earshot/base/ids.ts';
import { type Retention, usualRetention } from '@earshot/protocol/retention.ts';
import type { LogRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';

type Reader = Pick<Store, 'get'>;

/** What is sent into a conversation expires after: what was said there, else by this person of all, else by the operator. Within what the server allows. */
export async function expiryInForce(store: Reader, conversation: Id): Promise<number | null> {
  const log = (await store.get(keys.log(conversation))) as LogRow | undefined;
  return log?.kind === 'self' ? null : await expirySaid(store, log);
}

/** What was said of a conversation; of one's own log, or of none: what holds wherever nothing else was said. */
export async function expirySaid(store: Reader, log?: Pick<LogRow, 'expiry'>): Promise<number | null> {
  const [own, { usual, least, most }] = await Promise.all([ownExpiry(store), retentionOf(store)]);
  const chosen = log?.expiry === undefined ? (own === undefined ? usual : own) : log.expiry;
  return chosen === null ? null : Math.min(most, Math.max(least, chosen));
}

export async function retentionOf(store: Reader): Promise<Retention> {
  return ((await store.get(keys.retention)) as Retention | undefined) ?? usualRetention;
}

/** What this person said of all her conversations; undefined: nothing. */
async function ownExpiry(store: Reader): Promise<number | null | undefined> {
  return (await store.get(keys.expiry)) as number | null | undefined;
}
