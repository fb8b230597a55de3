import { Failure } from '@earshot/protocol/failures.ts';
import type { Device, SessionAnswer, SignInCommand } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { makeToken, requireFresh, tokenHash } from '../people/people.ts';
import { countTries } from '../people/tries.ts';
import type { Ports, Session } from '../ports.ts';
import type { StoredPerson } from '../store/people-store.ts';

/** How exact "last seen" is: at most one write a minute and device. */
const SEEN_EVERY = 60_000;

/** The session behind a token. Fails with `session.missing`, `account.disabled`, or, where its person ended it, with `session.revoked`: that destroys what lies on the device. */
export async function authenticate(ports: Ports, token: string | null): Promise<Session> {
  if (token === null || token === '') throw new Failure('session.missing', {});
  const found = await ports.store.devices.session(tokenHash(ports, token));
  if (!found) throw new Failure('session.missing', {});
  if (found.revoked) throw new Failure('session.revoked', {});
  if (found.state !== 'active') throw new Failure('account.disabled', {});
  if (found.ended) throw new Failure('session.missing', {});
  const now = ports.clock.now();
  if (now - found.seen >= SEEN_EVERY) await remember(ports, found.device, now);
  return { person: found.person, device: found.device, locked: found.locked };
}

/** A device whose connection stays open says nothing else for days: it is there all the same. */
export function present(ports: Ports, { device }: Pick<Session, 'device'>): Promise<void> {
  return remember(ports, device, ports.clock.now());
}

/** A full disk takes no "last seen"; whoever only wants to read is served all the same. */
async function remember({ store }: Ports, device: string, now: number): Promise<void> {
  try {
    await store.devices.seen(device, now);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'server.storage') throw error;
  }
}

/** Signing in with a password. An unknown handle costs the same work and gets the same answer as a wrong password. */
export async function signIn(ports: Ports, command: SignInCommand, address: string): Promise<SessionAnswer & { readonly token: string }> {
  const { store } = ports;
  const handle = normalizeHandle(command.handle);
  const forgive = await countTries(ports, handle, address);
  const person = await store.people.byHandle(handle);
  const right = await ports.passwords.verify(command.password, person?.password ?? null);
  if (!person || !right) throw new Failure('session.credentials', {});
  await forgive();
  return openSession(ports, person, command.device);
}

/** The person has proven who she is. */
export async function openSession(ports: Ports, person: StoredPerson, device: SignInCommand['device']): Promise<SessionAnswer & { readonly token: string }> {
  const { token, tokenSha256 } = makeToken(ports);
  const allowed = ports.limits.devicesPerPerson;
  const outcome = await ports.store.devices.signIn(person.id, { ...device, tokenSha256 }, allowed, ports.clock.now());
  switch (outcome.kind) {
    case 'in': break;
    case 'device-foreign': throw new Failure('request.invalid', { field: 'device.id' });
    case 'devices-full': throw new Failure('limit.reached', { limit: 'devicesPerPerson', allowed, seen: outcome.seen });
    case 'account.disabled': throw new Failure('account.disabled', {});
  }
  ports.fanout.publish([person.id], { kind: 'changed', what: 'account' });
  return { person: person.id, handle: person.handle, name: person.name, device: device.id, token, chain: person.chain, locked: outcome.locked };
}

/** Signing out, or revoking another device of one's own: its connections close at once, and it destroys what it has. */
export async function endSession(ports: Ports, session: Session, device: string): Promise<void> {
  if (device !== session.device) await requireFresh(ports, session);
  if (!(await ports.store.devices.revoke(session.person, device, ports.clock.now()))) throw new Failure('not-found', {});
  ports.fanout.publish([session.person], { kind: 'ended', device });
  ports.fanout.publish([session.person], { kind: 'changed', what: 'account' });
}

export async function devices(ports: Ports, session: Session): Promise<{ readonly devices: readonly Device[] }> {
  const list = await ports.store.devices.list(session.person);
  return { devices: list.map(({ id, name, created, seen, locked }) => ({ id, name, created, seen, current: id === session.device, locked })) };
}
