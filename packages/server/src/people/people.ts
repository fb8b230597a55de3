import { sha256 } from '@earshot/base/hash.ts';
import { toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { entryHash } from '@earshot/protocol/keys.ts';
import type { JoinCommand, Me, Person, SessionAnswer } from '@earshot/protocol/people.ts';
import { handle as handleSchema, normalizeHandle } from '@earshot/protocol/wire.ts';
import * as v from 'valibot';
import { judgeEntry, requireRoomForFormer, tellChange } from '../chains/chains.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import type { ChainRecord } from '../store/chain-store.ts';
import type { StoredInvitation } from '../store/invitation-store.ts';
import type { JoinOutcome, StoredPerson } from '../store/people-store.ts';
import { countTries } from './tries.ts';

const TOKEN_BYTES = 32;

/** The hash under which the store knows a token: asked for with every request, so it must not wait for another thread. */
export function tokenHash({ sums }: Pick<Ports, 'sums'>, token: string): string {
  const sum = sums.start();
  sum.update(utf8(token));
  return sum.digest();
}

/** A session's token, and the hash under which the store knows it. */
export function makeToken(ports: Ports): { readonly token: string; readonly tokenSha256: string } {
  const token = toBase64Url(ports.random.bytes(TOKEN_BYTES));
  return { token, tokenSha256: tokenHash(ports, token) };
}

/** Joining: the answer may be lost and the command repeated; see `PeopleStore.join`. */
export async function join(ports: Ports, command: JoinCommand, address: string): Promise<SessionAnswer & { readonly token: string }> {
  const { store, limits, clock } = ports;
  const handle = normalizeHandle(command.handle);
  if (!v.is(handleSchema, handle)) throw new Failure('handle.invalid', {});
  if (command.password !== undefined) requireStrong(ports, command.password);
  const secretSha256 = await sha256(utf8(command.invitation));
  const tries = [{ key: `join:${address}`, allowed: limits.triesPerAddress }];
  const refused = await store.tries.count(tries, clock.now(), limits.tryWindow);
  if (refused) throw new Failure('limit.tries', { until: refused.until });

  const invitation = await store.invitations.find(secretSha256);
  if (!invitation) throw new Failure('invitation.unknown', {});
  await store.tries.forgive([], [`join:${address}`]);
  const known = await knownBy(ports, invitation);
  const own = isOwn(invitation);
  if (invitation.used !== null) await requireSamePerson(ports, known, command.password, address);
  else if (own && command.password !== undefined) await requireOwnPassword(ports, known, command.password, address);
  const chain = await chainToJoinWith(ports, command, known?.id ?? null);
  if (chain !== null && known !== null) await requireMayBegin(ports, invitation, known, command.device.id);
  const { token, tokenSha256 } = makeToken(ports);
  const outcome = await store.people.join({
    secretSha256, handle, chain, anew: command.anew === true,
    person: command.chain.entry.person, name: command.name,
    password: command.password === undefined || invitation.used !== null || own ? null : await ports.passwords.hash(command.password),
    device: { ...command.device, tokenSha256 }, devicesAllowed: limits.devicesPerPerson, at: clock.now(),
  });
  const { person, name, invitedBy, changed, chain: length, locked } = requireJoined(outcome, limits.devicesPerPerson);
  ports.fanout.publish(invitedBy === null ? [] : [invitedBy], { kind: 'changed', what: 'people' });
  if (changed && (changed.due || changed.ended.length > 0)) await tellChange(ports, person, changed);
  return { person, handle, name, device: command.device.id, token, chain: length, locked };
}

/** A newcomer comes with her chain. Somebody let back in (`known`) keeps hers, or says that it begins again; repeated, that is done already. */
async function chainToJoinWith(ports: Ports, { chain, anew, device }: JoinCommand, known: string | null): Promise<ChainRecord | null> {
  const { entry } = chain;
  const entries = await ports.store.chains.entries(known ?? entry.person);
  if (entries[0] !== undefined && (anew !== true || entries[0].hash === (await entryHash(entry)))) return null;
  if (entry.change.kind !== 'genesis' || entry.change.device.id !== device.id) throw new Failure('request.invalid', { field: 'chain.entry.change' });
  await requireRoomForFormer(ports, known ?? entry.person);
  return judgeEntry(ports, known ?? entry.person, chain, entries, true);
}

/** Whom the invitation has let in, or is for; null for somebody new. */
async function knownBy({ store }: Ports, { used, forHandle }: StoredInvitation): Promise<StoredPerson | null> {
  if (used !== null) return store.people.byId(used);
  return forHandle === null ? null : store.people.byHandle(forHandle);
}

/** A member invites nobody by name but herself. Whatever more that did than sign in, a session that was left open could do, and long after it has ended. */
const isOwn = ({ by, forHandle }: StoredInvitation): boolean => by !== null && forHandle !== null;

/** A repeated joining proves itself as far as the account can be proven: by the password, if there is one. */
async function requireSamePerson(ports: Ports, person: StoredPerson | null, password: string | undefined, address: string): Promise<void> {
  if (!person || (person.password === null && person.passkeys > 0)) throw new Failure('invitation.used', {});
  if (person.password === null && password === undefined) return;
  if (!(await isPassword(ports, person, password ?? '', address))) throw new Failure('invitation.used', {});
}

/** Her own invitation sets no password: the one that comes with it has to be hers. */
async function requireOwnPassword(ports: Ports, person: StoredPerson | null, password: string, address: string): Promise<void> {
  if (!person || !(await isPassword(ports, person, password, address))) throw new Failure('session.credentials', {});
}

/** Counted like signing in: whoever has an invitation that was used could else guess as fast as the server can. */
async function isPassword(ports: Ports, person: StoredPerson, password: string, address: string): Promise<boolean> {
  const forgive = await countTries(ports, person.handle, address);
  const right = await ports.passwords.verify(password, person.password);
  if (right) await forgive();
  return right;
}

/** The operator's word is enough to begin anew, once. Repeated, it takes what it takes a device that is signed in: the password, which was asked for, or to have just done so. */
async function requireMayBegin(ports: Ports, invitation: StoredInvitation, person: StoredPerson, device: string): Promise<void> {
  if (isOwn(invitation)) throw new Failure('not-allowed', {});
  if (invitation.used !== null && person.password === null) await requireFresh(ports, { person: person.id, device, locked: true });
}

function requireJoined(outcome: JoinOutcome, allowed: number): Extract<JoinOutcome, { kind: 'joined' }> {
  switch (outcome.kind) {
    case 'joined': return outcome;
    case 'person-taken': throw new Failure('request.invalid', { field: 'chain.entry.person' });
    case 'device-foreign': throw new Failure('request.invalid', { field: 'device.id' });
    case 'devices-full': throw new Failure('limit.reached', { limit: 'devicesPerPerson', allowed, seen: outcome.seen });
    default: throw new Failure(outcome.kind, {});
  }
}

export function requireStrong({ limits }: Ports, password: string): void {
  const seen = Array.from(password).length;
  if (seen < limits.passwordMin) throw new Failure('password.weak', { limit: 'passwordMin', allowed: limits.passwordMin, seen });
}

export async function requirePerson(ports: Ports, session: Session): Promise<StoredPerson> {
  const person = await ports.store.people.byId(session.person);
  if (!person) throw new Failure('session.missing', {});
  return person;
}

export async function me(ports: Ports, session: Session): Promise<Me> {
  const person = await requirePerson(ports, session);
  const passkeys = await ports.store.credentials.list(session.person);
  return {
    person: person.id, handle: person.handle, name: person.name, device: session.device, password: person.password !== null,
    passkeys: passkeys.map(({ id, name, created, used, recovery }) => ({ id, name, created, used, recovery })),
    used: person.used, quota: ports.limits.quotaBytes, chain: person.chain, locked: session.locked,
  };
}

export async function rename(ports: Ports, session: Session, name: string): Promise<void> {
  if (!(await ports.store.people.rename(session.person, session.device, name))) throw await sessionOver(ports, session);
  ports.fanout.publish([session.person], { kind: 'changed', what: 'account' });
  const others = await ports.store.people.visible(session.person);
  ports.fanout.publish(others.map((other) => other.id), { kind: 'changed', what: 'people' });
}

/** The current password is asked for where there is one. */
export async function setPassword(ports: Ports, session: Session, current: string | undefined, password: string): Promise<void> {
  requireStrong(ports, password);
  const person = await requirePerson(ports, session);
  if (person.password !== null) await requirePassword(ports, person, current);
  else await requireFresh(ports, session);
  if (!(await ports.store.people.setPassword(person.id, session.device, await ports.passwords.hash(password)))) throw await sessionOver(ports, session);
  ports.fanout.publish([person.id], { kind: 'changed', what: 'account' });
}

/**
 * Where no password is asked for again, a session that was left open on a locked device neither replaces its person's chain nor gets itself the means to, nor ends
 * her account or another device: signing in anew comes first.
 */
export async function requireFresh({ store, clock, limits }: Ports, { person, device, locked }: Session): Promise<void> {
  if (!locked) return;
  const created = (await store.devices.list(person)).find(({ id }) => id === device)?.created ?? 0;
  const seen = clock.now() - created;
  if (seen > limits.signInFresh) throw new Failure('session.stale', { limit: 'signInFresh', allowed: limits.signInFresh, seen });
}

/** Tries are counted like those of signing in. */
export async function requirePassword(ports: Ports, person: StoredPerson, password: string | undefined): Promise<void> {
  const key = `own:${person.id}`;
  const refused = await ports.store.tries.count([{ key, allowed: ports.limits.triesPerHandle }], ports.clock.now(), ports.limits.tryWindow);
  if (refused) throw new Failure('limit.tries', { until: refused.until });
  if (!(await ports.passwords.verify(password ?? '', person.password))) throw new Failure('session.credentials', {});
  await ports.store.tries.forgive([key], []);
}

export async function deleteAccount(ports: Ports, session: Session, handle: string, password: string | undefined): Promise<void> {
  const person = await requirePerson(ports, session);
  if (normalizeHandle(handle) !== person.handle) throw new Failure('session.credentials', {});
  if (person.password !== null) await requirePassword(ports, person, password);
  else await requireFresh(ports, session);
  const { saw } = await ports.store.people.delete(person.id, ports.clock.now());
  ports.fanout.publish([person.id], { kind: 'ended', device: null });
  ports.fanout.publish(saw, { kind: 'changed', what: 'people' });
  ports.fanout.publish(saw, { kind: 'changed', what: 'logs' });
}

export async function people(ports: Ports, session: Session): Promise<{ readonly people: readonly Person[] }> {
  return { people: await ports.store.people.visible(session.person) };
}

export async function block(ports: Ports, session: Session, other: string, blocked: boolean): Promise<void> {
  // Somebody blocked stays visible through the conversation, so unblocking never meets a stranger.
  const seen = await ports.store.people.visible(session.person);
  if (!seen.some((person) => person.id === other)) throw new Failure('person.unknown', {});
  await ports.store.people.block(session.person, other, blocked);
  ports.fanout.publish([session.person], { kind: 'changed', what: 'people' });
}
