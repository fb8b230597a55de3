import { fromBase64Url } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PushSubscriptionCommand } from '@earshot/protocol/push.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';

/** Web push as the routes see it; null while the operator has it turned off. */
export interface PushDesk {
  /** The public half of the server's keys. */
  readonly key: string;
  readonly privateAddresses: boolean;
}

/** Fails with `server.push-off`, and with `request.invalid` for what can never be woken. */
export async function subscribe(ports: Ports, desk: PushDesk | null, session: Session, command: PushSubscriptionCommand): Promise<void> {
  if (!desk) throw new Failure('server.push-off', {});
  const { endpoint, p256dh, auth, serverKey, silent } = command;
  const secure = new URL(endpoint).protocol === 'https:' || desk.privateAddresses;
  if (!secure) throw new Failure('request.invalid', { field: 'endpoint', must: 'begin with https' });
  if (serverKey !== desk.key) throw new Failure('request.invalid', { field: 'serverKey' });
  if (!(await isPoint(p256dh))) throw new Failure('request.invalid', { field: 'p256dh' });
  if (!(await ports.store.push.subscribe(session.person, session.device, { endpoint, p256dh, auth }, silent))) throw await sessionOver(ports, session);
}

/** Idempotent, also while push is off: whoever wants rest gets it. */
export async function unsubscribe({ store }: Ports, session: Session): Promise<void> {
  await store.push.unsubscribe(session.device);
}

/** Whether it lies on the curve: for anything else nothing can be encrypted. */
async function isPoint(p256dh: string): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', fromBase64Url(p256dh), { name: 'ECDH', namedCurve: 'P-256' }, false, []);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
