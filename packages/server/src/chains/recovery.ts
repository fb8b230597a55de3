import { toBase64Url } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { recoverySigningBytes } from '@earshot/protocol/keys.ts';
import type { RecoveryChallenge, RecoverySignInCommand, SessionAnswer } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { countTries } from '../people/tries.ts';
import type { Ports } from '../ports.ts';
import { openSession } from '../sessions/sessions.ts';
import { stateOf } from './chain.ts';
import { isSigned } from './signature.ts';

/** So that a challenge for one way to sign in is none for another. */
const PURPOSE = 'recovery:';
const NONCE_BYTES = 32;
/** A key of the right form that nobody has: whoever does not exist costs the same work. */
const NOBODY = 'A'.repeat(43);

/** A challenge for anybody who asks: it says nothing about who exists. */
export async function recoveryChallenge({ store, random, clock, limits }: Ports): Promise<RecoveryChallenge> {
  const answer = { challenge: makeId(random), nonce: toBase64Url(random.bytes(NONCE_BYTES)) };
  await store.credentials.addChallenge(answer.challenge, { person: null, challenge: PURPOSE + answer.nonce }, clock.now() + limits.challengeLife);
  return answer;
}

/** Signing in with a recovery key: an unknown name, another key and a wrong signature are one answer. */
export async function signInByRecovery(ports: Ports, command: RecoverySignInCommand, address: string): Promise<SessionAnswer & { readonly token: string }> {
  const { store, clock } = ports;
  const handle = normalizeHandle(command.handle);
  const forgive = await countTries(ports, handle, address);
  const challenge = await store.credentials.takeChallenge(command.challenge, clock.now());
  const nonce = challenge?.challenge.startsWith(PURPOSE) ? challenge.challenge.slice(PURPOSE.length) : '';
  const person = await store.people.byHandle(handle);
  const { recovery } = stateOf(person ? await store.chains.entries(person.id) : []);
  const signing = recovery.find(({ id }) => id === command.recovery)?.keys.signing ?? NOBODY;
  const right = await isSigned(signing, command.signature, recoverySigningBytes({ challenge: command.challenge, nonce, handle: command.handle, device: command.device.id }));
  if (!person || nonce === '' || !right) throw new Failure('recovery.wrong', {});
  await forgive();
  return openSession(ports, person, command.device);
}
