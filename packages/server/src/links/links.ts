import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Link, LinkCommand, LinkMessageCommand, LinkSignInCommand } from '@earshot/protocol/links.ts';
import type { SessionAnswer } from '@earshot/protocol/people.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeToken, requirePerson } from '../people/people.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';

export async function openLink(ports: Ports, session: Session, command: LinkCommand): Promise<Link> {
  const { store, limits, clock } = ports;
  // Only who can let in may have somebody sign in.
  if (session.locked && command.tokenSha256 !== undefined) throw new Failure('device.locked', {});
  const now = clock.now();
  const link = { id: command.id, person: session.person, device: session.device, tokenSha256: command.tokenSha256 ?? null, expires: now + limits.linkLife };
  const outcome = await store.links.open(link, limits.linksPerPerson, now);
  if (outcome === 'ended') throw await sessionOver(ports, session);
  if (outcome === 'taken') throw new Failure('request.invalid', { field: 'id' });
  if (outcome === 'full') throw new Failure('limit.reached', { limit: 'linksPerPerson', allowed: limits.linksPerPerson, seen: limits.linksPerPerson + 1 });
  tell(ports, session.person);
  return outcome;
}

export async function linksOf({ store, clock }: Ports, session: Session): Promise<{ readonly links: readonly Link[] }> {
  return { links: await store.links.of(session.person, clock.now()) };
}

export async function sayOverLink(ports: Ports, { person, device }: Session, link: Id, command: LinkMessageCommand): Promise<Link> {
  const outcome = await ports.store.links.say({ link, person, device, ...command }, ports.clock.now());
  if (outcome === 'expired') throw new Failure('link.expired', {});
  if (outcome === 'behind') throw new Failure('request.invalid', { field: 'index' });
  tell(ports, person);
  return outcome;
}

/** The token came to the new device with the code: whoever has it was let in by somebody who is in. */
export async function signInByLink(ports: Ports, command: LinkSignInCommand, address: string): Promise<SessionAnswer & { readonly token: string }> {
  const { store, limits, clock } = ports;
  const key = `link:${address}`;
  const refused = await store.tries.count([{ key, allowed: limits.triesPerAddress }], clock.now(), limits.tryWindow);
  if (refused) throw new Failure('limit.tries', { until: refused.until });
  const { token, tokenSha256 } = makeToken(ports);
  const outcome = await store.links.signIn(
    { link: command.link, tokenSha256: await sha256(utf8(command.token)), hello: command.hello, device: { ...command.device, tokenSha256 }, devicesAllowed: limits.devicesPerPerson }, clock.now(),
  );
  switch (outcome.kind) {
    case 'in': break;
    case 'expired': throw new Failure('link.expired', {});
    case 'device-foreign': throw new Failure('request.invalid', { field: 'device.id' });
    case 'devices-full': throw new Failure('limit.reached', { limit: 'devicesPerPerson', allowed: limits.devicesPerPerson, seen: outcome.seen });
    case 'account.disabled': throw new Failure('account.disabled', {});
  }
  await store.tries.forgive([], [key]);
  tell(ports, outcome.person);
  const { handle, name, chain } = await requirePerson(ports, { person: outcome.person, device: command.device.id, locked: outcome.locked });
  return { person: outcome.person, handle, name, device: command.device.id, token, chain, locked: outcome.locked };
}

export async function closeLink(ports: Ports, session: Session, link: Id): Promise<void> {
  await ports.store.links.close(session.person, link);
  tell(ports, session.person);
}

/** Both devices look again. */
function tell({ fanout }: Ports, person: Id): void {
  fanout.publish([person], { kind: 'changed', what: 'account' });
}
