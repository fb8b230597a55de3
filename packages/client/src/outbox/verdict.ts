import { AWAY_BACKOFF, backoff, type BackoffRule } from '@earshot/base/backoff.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Failure, FailureCode } from '@earshot/protocol/failures.ts';
import type { EventClass } from '@earshot/protocol/envelope.ts';
import type { OutboxRow } from './row.ts';

/** For who answered, and could not: each failure doubles the wait. */
export const OUTBOX_BACKOFF: BackoffRule = { first: 500, longest: 60_000 };

export type Verdict =
  /** Once more after `pause`, in milliseconds: a span, because a device's clock may be put back before it begins. */
  | { readonly kind: 'retry'; readonly pause: number }
  /** Waits for somebody to sign in. */
  | { readonly kind: 'session' }
  /** The server does not have what it should have, or has it under another offset: ask, and go on, after `pause`. */
  | { readonly kind: 'ask'; readonly pause: number }
  /** The blob is spoilt on the server: the same bytes under a new id, after `pause`. */
  | { readonly kind: 'renew'; readonly pause: number }
  /** Its key no longer counts: the same under another one, after `pause`. */
  | { readonly kind: 'reseal'; readonly pause: number }
  /** What the event wanted is so already. */
  | { readonly kind: 'satisfied' }
  /** The same under the class that a closed conversation takes. */
  | { readonly kind: 'outside' }
  /** It is shown as done on this device already, which it will not be: nobody has to decide about it. */
  | { readonly kind: 'undo' }
  | { readonly kind: 'set-aside' };

const BY_WAITING: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'network.offline', 'network.unreachable', 'network.stalled', 'network.foreign',
  'server.busy', 'server.fault', 'server.storage', 'limit.tries', 'upload.checksum', 'device.storage', 'device.damaged',
  'key.missing', 'identity.changed', 'server.misbehaves', 'server.restored', 'device.locked',
]);
/** Nobody there. */
const AWAY: ReadonlySet<FailureCode> = new Set<FailureCode>(['network.offline', 'network.unreachable', 'network.stalled']);
const BY_SIGNING_IN: ReadonlySet<FailureCode> = new Set<FailureCode>(['session.missing', 'session.revoked', 'account.disabled']);
const BY_ASKING: ReadonlySet<FailureCode> = new Set<FailureCode>(['upload.offset', 'blob.incomplete', 'upload.closed']);
const BY_SEALING: ReadonlySet<FailureCode> = new Set<FailureCode>(['key.due', 'key.behind']);
const BY_RENEWING: ReadonlySet<FailureCode> = new Set<FailureCode>(['blob.mismatch', 'upload.gone']);

/**
 * So many times a doubt about a blob is cleared at once; then that waits like any other fault. It is cleared all the same: the
 * attempts may have been other faults, and the same request alone would be refused for ever.
 */
const QUICK_TRIES = 3;

/**
 * What an event is for. Leaving is the one change of members that each of a person's devices may make; a draft is only shown, the take
 * itself stays here; `lent` is a message that another device recorded: its bytes are not here, nor those of a `lent-draft`; `receipt` is the signal that something was heard, `change`
 * one that names a conversation or says when what is sent into it expires; `end` is no event: uploads that were given up are ended.
 */
export type Aim = EventClass | 'leave' | 'draft' | 'lent' | 'lent-draft' | 'receipt' | 'change' | 'end';

export function aimOf({ event, owner, parts, state }: Pick<OutboxRow, 'event' | 'owner' | 'parts' | 'state'>): Aim | null {
  if (state.at === 'cancelled') return 'end';
  if (event?.body.kind === 'draft') return parts.length === 0 ? 'lent-draft' : 'draft';
  if (event?.body.kind === 'message' && parts.length === 0) return 'lent';
  const { class: kind, membership } = event?.envelope ?? {};
  if (kind === 'signal' && event?.body.kind === 'heard') return 'receipt';
  if (kind === 'signal' && (event?.body.kind === 'title' || event?.body.kind === 'expiry')) return 'change';
  const leaves = kind === 'members' && membership?.remove?.length === 1 && membership.remove[0] === owner;
  return leaves ? 'leave' : (kind ?? null);
}

/** What follows from a failed attempt, the `attempts`th in a row. */
export function judge(failure: Failure, aim: Aim | null, attempts: number, random: Random): Verdict {
  const { code, evidence } = failure;
  const rule = AWAY.has(code) ? AWAY_BACKOFF : OUTBOX_BACKOFF;
  const later: Verdict = { kind: 'retry', pause: Math.max(backoff(rule, attempts, random), Number(evidence['retryAfter'] ?? 0) * 1000) };
  const pause = attempts > QUICK_TRIES ? later.pause : 0;
  if (BY_SIGNING_IN.has(code)) return { kind: 'session' };
  // What somebody else's conversation lies in the way of would wait for ever.
  if ((BY_WAITING.has(code) && evidence['reason'] !== 'taken') || aim === 'end') return later;
  if (code === 'limit.reached' && evidence['limit'] === 'openUploadsPerPerson') return later;
  // Two devices sent one draft: the log brings the message of the other, and with it this one is done.
  if (code === 'event.conflict' && (aim === 'message' || aim === 'lent') && attempts <= QUICK_TRIES) return later;
  // Both people of a direct conversation may create it.
  if ((code === 'event.conflict' || code === 'key.behind') && aim === 'create') return { kind: 'satisfied' };
  if (BY_SEALING.has(code)) return { kind: 'reseal', pause };
  const blobs = code === 'not-found' && evidence['blob'] !== undefined;
  const asks = blobs || BY_ASKING.has(code);
  if (aim === 'lent' && (asks || BY_RENEWING.has(code))) return { kind: 'set-aside' };
  // What cannot be shown is not; its person's own log may still be under way.
  if (aim === 'lent-draft' || (aim === 'draft' && !asks)) return code === 'not-found' && !blobs ? later : { kind: 'satisfied' };
  if (BY_RENEWING.has(code)) return { kind: 'renew', pause };
  if (asks) return { kind: 'ask', pause };
  if (code === 'conversation.closed' && aim === 'receipt') return { kind: 'outside' };
  // Who has left need not leave, and what is not there need not be heard.
  if (code === 'not-found' && (aim === 'leave' || aim === 'receipt')) return { kind: 'satisfied' };
  const done = aim === 'remove' || aim === 'restore' || aim === 'keep' || aim === 'change';
  return done || (code === 'not-found' && aim === 'signal') ? { kind: 'undo' } : { kind: 'set-aside' };
}
