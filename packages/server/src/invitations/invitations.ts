import { Failure } from '@earshot/protocol/failures.ts';
import type { Invitation, InviteCommand } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { requirePerson } from '../people/people.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import type { StoredInvitation } from '../store/invitation-store.ts';

/** The operator's invitations are not counted: whoever can write the data folder needs no limit. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** A member invites new people; `for` only lets herself in on another device, or anybody could take over an account. */
export async function invite(ports: Ports, session: Session, command: InviteCommand): Promise<Invitation> {
  const forHandle = command.for === undefined ? null : normalizeHandle(command.for);
  if (forHandle !== null && forHandle !== (await requirePerson(ports, session)).handle) throw new Failure('not-allowed', {});
  // Only who can let in may have somebody sign in.
  if (forHandle !== null && session.locked) throw new Failure('device.locked', {});
  return register(ports, session, command.secretSha256, forHandle, ports.limits.invitationsPerPerson);
}

/** The operator invites anybody, and lets anybody in again. */
export function inviteAsOperator(ports: Pick<Ports, 'store' | 'clock' | 'limits'>, command: InviteCommand): Promise<Invitation> {
  return register(ports, null, command.secretSha256, command.for === undefined ? null : normalizeHandle(command.for), UNLIMITED);
}

async function register(ports: Pick<Ports, 'store' | 'clock' | 'limits'>, session: Session | null, secretSha256: string, forHandle: string | null, allowed: number): Promise<Invitation> {
  const { store, clock, limits } = ports;
  const created = clock.now();
  const [by, device] = [session?.person ?? null, session?.device ?? null];
  const outcome = await store.invitations.add({ secretSha256, by, device, created, expires: created + limits.invitationLife, forHandle }, allowed);
  if (typeof outcome !== 'string') return shown(outcome);
  if (outcome === 'conflict') throw new Failure('request.invalid', { field: 'secretSha256' });
  if (outcome === 'full') throw new Failure('limit.reached', { limit: 'invitationsPerPerson', allowed, seen: allowed + 1 });
  if (outcome === 'ended' && session !== null) throw await sessionOver(ports, session);
  throw new Failure('person.unknown', {});
}

export async function invitations(ports: Ports, session: Session): Promise<{ readonly invitations: readonly Invitation[] }> {
  return { invitations: (await ports.store.invitations.list(session.person)).map(shown) };
}

export async function withdraw(ports: Ports, session: Session, secretSha256: string): Promise<void> {
  if (!(await ports.store.invitations.withdraw(session.person, secretSha256))) throw new Failure('not-found', {});
}

function shown({ secretSha256, created, expires, used, forHandle }: StoredInvitation): Invitation {
  return { secretSha256, created, expires, used, for: forHandle };
}
