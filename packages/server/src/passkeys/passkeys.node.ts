import type * as webauthn from '@simplewebauthn/server';
import type { AuthenticationResponseJSON, AuthenticatorTransport, RegistrationResponseJSON } from '@simplewebauthn/server';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PasskeyAddCommand, PasskeyOptions, PasskeySignInCommand, SessionAnswer } from '@earshot/protocol/people.ts';
import { requireFresh, requirePerson } from '../people/people.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import { openSession } from '../sessions/sessions.ts';

/** Which origin passkeys belong to: the one that is set. A passkey made for another one is of no use here. */
export interface PasskeySite {
  readonly origin: string;
}

/** Only for those who use passkeys: loading it takes longer than starting the rest of the server. */
const library = (): Promise<typeof webauthn> => import('@simplewebauthn/server');

const siteId = ({ origin }: PasskeySite): string => new URL(origin).hostname;

/** Begins to add a passkey: one that the device finds by itself, so that signing in needs no name. */
export async function addingOptions(ports: Ports, site: PasskeySite, session: Session): Promise<PasskeyOptions> {
  const person = await requirePerson(ports, session);
  // It would sign in after the password has changed, and after this device was revoked.
  await requireFresh(ports, session);
  const known = await ports.store.credentials.list(person.id);
  if (known.length >= ports.limits.passkeysPerPerson) throw new Failure('limit.reached', { limit: 'passkeysPerPerson', allowed: ports.limits.passkeysPerPerson, seen: known.length + 1 });
  const options = await (await library()).generateRegistrationOptions({
    rpName: 'Earshot', rpID: siteId(site), userName: person.handle, userDisplayName: person.name, userID: utf8(person.id),
    challenge: ports.random.bytes(32), attestationType: 'none', timeout: ports.limits.challengeLife,
    excludeCredentials: known.map((passkey) => ({ id: passkey.id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
  });
  return remember(ports, person.id, options);
}

export async function addPasskey(ports: Ports, site: PasskeySite, session: Session, command: PasskeyAddCommand): Promise<void> {
  const challenge = await ports.store.credentials.takeChallenge(command.challenge, ports.clock.now());
  if (challenge?.person !== session.person) throw new Failure('session.passkey', { reason: 'challenge' });
  const result = await verified(async () =>
    (await library()).verifyRegistrationResponse({
      response: command.response as unknown as RegistrationResponseJSON,
      expectedChallenge: challenge.challenge, expectedOrigin: site.origin, expectedRPID: siteId(site), requireUserVerification: false,
    }),
  );
  if (!result.verified) throw new Failure('session.passkey', { reason: 'response' });
  const { credential } = result.registrationInfo;
  const added = await ports.store.credentials.add(
    {
      id: credential.id, person: session.person, name: command.name, publicKey: Uint8Array.from(credential.publicKey), counter: credential.counter,
      transports: (credential.transports ?? []).join(','), created: ports.clock.now(), used: null, recovery: command.recovery ?? null,
    },
    session.device, ports.limits.passkeysPerPerson,
  );
  if (added === 'ended') throw await sessionOver(ports, session);
  if (added === 'known') throw new Failure('session.passkey', { reason: 'known' });
  ports.fanout.publish([session.person], { kind: 'changed', what: 'account' });
}

export async function signInOptions(ports: Ports, site: PasskeySite): Promise<PasskeyOptions> {
  const options = await (await library()).generateAuthenticationOptions({ rpID: siteId(site), challenge: ports.random.bytes(32), userVerification: 'preferred', timeout: ports.limits.challengeLife });
  return remember(ports, null, options);
}

export async function signInWithPasskey(ports: Ports, site: PasskeySite, command: PasskeySignInCommand): Promise<SessionAnswer & { readonly token: string }> {
  const { credentials, people } = ports.store;
  const challenge = await credentials.takeChallenge(command.challenge, ports.clock.now());
  if (!challenge || challenge.person !== null) throw new Failure('session.passkey', { reason: 'challenge' });
  const response = command.response as unknown as AuthenticationResponseJSON;
  const passkey = typeof response.id === 'string' ? await credentials.byId(response.id) : null;
  if (!passkey) throw new Failure('session.passkey', { reason: 'response' });
  const transports = passkey.transports === '' ? [] : (passkey.transports.split(',') as AuthenticatorTransport[]);
  const result = await verified(async () =>
    (await library()).verifyAuthenticationResponse({
      response, expectedChallenge: challenge.challenge, expectedOrigin: site.origin, expectedRPID: siteId(site), requireUserVerification: false,
      credential: { id: passkey.id, publicKey: passkey.publicKey, counter: passkey.counter, transports },
    }),
  );
  const person = await people.byId(passkey.person);
  if (!result.verified || !person) throw new Failure('session.passkey', { reason: 'response' });
  await credentials.used(passkey.id, result.authenticationInfo.newCounter, ports.clock.now());
  return openSession(ports, person, command.device);
}

export async function removePasskey(ports: Ports, session: Session, id: string): Promise<void> {
  await requireFresh(ports, session);
  const outcome = await ports.store.credentials.remove(session.person, id);
  if (outcome === 'not-found') throw new Failure('not-found', {});
  if (outcome === 'last') throw new Failure('account.last-credential', {});
  ports.fanout.publish([session.person], { kind: 'changed', what: 'account' });
}

async function remember(ports: Ports, person: string | null, options: { readonly challenge: string } & object): Promise<PasskeyOptions> {
  const challenge = makeId(ports.random);
  await ports.store.credentials.addChallenge(challenge, { person, challenge: options.challenge }, ports.clock.now() + ports.limits.challengeLife);
  return { challenge, options: { ...options } };
}

/** The library throws whatever a response lacks: to us all of that is one answer. */
async function verified<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw new Failure('session.passkey', { reason: 'response' }, { cause: error });
  }
}
