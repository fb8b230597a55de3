import type { Body } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../../account/session.ts';
import type { Chain } from '../../keys/chain.ts';
import type { OpenedEvent } from '../../sealer.ts';

export const [ME, OTHER, LOG, DEVICE] = ['00000000000000000000000001', '00000000000000000000000002', '00000000000000000000000003', '00000000000000000000000004'];
export const session: SessionRow = { person: ME, handle: 'me', name: 'Me', device: DEVICE, token: null, locked: false, ended: null };
/** Everybody's keys are those of one device. */
export const chainOf = (person: string): Chain => ({ person, entries: [{ hash: 'identity', by: 'device' }], devices: [{ id: DEVICE, keys: { signing: 'signing', sealing: '' }, added: 0, revoked: null }], recovery: [], accounts: [] });
export const idOf = (seq: number): string => String(seq).padStart(26, '7');
export const message: Body = { kind: 'message', parts: [], samples: 960, preSkip: 312, sha256: '', waveform: '', source: { from: 'microphone' } };

/** An event as it was opened: signed by its device, behind the event before it. Without a body nobody signed it. */
export function opened(event: LoggedEvent, body: Body | null, counter = event.seq): OpenedEvent {
  const { seq } = event;
  const frame = { counter, saw: { seq: seq - 1, hash: `hash ${seq - 1}` }, chains: { own: { index: 0, hash: 'identity' }, others: [] } };
  return { event, hash: `hash ${seq}`, granted: null, failure: body ? null : new Failure('event.forged'), content: body && { body, frame, signingKey: 'signing' } };
}
