import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import type { Invitation, Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { PeopleFace } from '../earshot.ts';
import { identityOf } from '../keys/chain.ts';
import type { Chains } from '../keys/chains.ts';
import type { EventSealing } from '../keys/event-sealing.ts';
import { invitationFragment } from '../keys/invitation.ts';
import { safetyCode, safetyNumber } from '../keys/safety-number.ts';
import type { LogRow, RekeyedRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import type { ComparedPorts } from './compared.ts';

export interface PeoplePorts extends ComparedPorts {
  readonly api: Api;
  readonly bus: Bus;
  readonly chains: Chains;
  readonly events: Pick<EventSealing, 'welcome'>;
  readonly tasks: Tasks;
}

export class People implements PeopleFace {
  readonly #ports: PeoplePorts;

  constructor(ports: PeoplePorts) {
    this.#ports = ports;
  }

  /** From the replica: those met since the last synchronisation are there as well. */
  async list(): Promise<Person[]> {
    return (await this.#ports.store.list(below('r/person'))).map(([, value]) => value as Person);
  }

  async invite(input: { for?: string } = {}): Promise<{ secret: string; expires: number }> {
    const { person } = await this.#ports.session.unlocked();
    const secret = makeId(this.#ports.random);
    const { expires } = await this.#ports.api.call('invite', { body: { secretSha256: await sha256(utf8(await invitationToken(secret))), ...input } });
    // With it goes who invites, past the server: whoever comes knows her without comparing anything.
    return { secret: invitationFragment({ secret, identity: identityOf(await this.#ports.chains.reaching(person, 1)) }), expires };
  }

  async invitations(): Promise<Invitation[]> {
    await this.#ports.session.required();
    return (await this.#ports.api.call('invitations')).invitations;
  }

  async withdraw(secretSha256: string): Promise<void> {
    await this.#ports.session.required();
    await this.#ports.api.call('withdraw', { params: { secretSha256 } });
  }

  async safety(person: Id): ReturnType<PeopleFace['safety']> {
    const { session, chains, store } = this.#ports;
    const me = await session.unlocked();
    const mine = identityOf(await chains.reaching(me.person, 1));
    const { identity: theirs, accepted } = await this.#shown(person);
    const number = await safetyNumber({ person: me.person, identity: mine }, { person, identity: theirs });
    const compared = (await store.get(keys.compared(person))) === theirs;
    const rekeyed = (await store.list(below(`r/rekeyed/${person}`))).map(([, value]) => value as RekeyedRow).sort((one, next) => one.at - next.at);
    const changes = rekeyed.flatMap(({ at, why }) => why.map((one) => ({ time: at, why: one })));
    return { number, code: safetyCode(number), identity: theirs, accepted, invited: (await store.get(keys.inviter)) === theirs, compared, changes };
  }

  async compared(person: Id): Promise<void> {
    const { sayOfIdentity } = await import('./compared.ts');
    await sayOfIdentity(this.#ports, 'compared', person, identityOf(await this.#ports.chains.reaching(person, 1)));
    this.#ports.bus.announce({ type: 'people' });
  }

  async accept(person: Id, identity: string): Promise<void> {
    const { store, session, chains, events, outbox, tasks } = this.#ports;
    const shown = await this.#shown(person);
    if (shown.identity !== identity) throw new Failure('identity.changed', { person });
    if (shown.accepted) return;
    const { sayOfIdentity } = await import('./compared.ts');
    await sayOfIdentity(this.#ports, 'accepted', person, identity);
    // Pins it, unless the server shows yet another one by now.
    await chains.fetch(person);
    const me = await session.unlocked();
    const rows = (await store.list(below('r/log'))).map(([, value]) => value as LogRow);
    for (const { id } of rows.filter(({ members }) => members.some((member) => member.person === person && member.left === null))) {
      tasks.run(() => events.welcome(id, me));
      outbox.kick(id);
    }
  }

  /** Who the server says that somebody is, and whether this person believes it. */
  async #shown(person: Id): Promise<{ readonly identity: string; readonly accepted: boolean }> {
    const { chains } = this.#ports;
    try {
      return { identity: identityOf(await chains.fetch(person)), accepted: true };
    } catch (error) {
      const identity = error instanceof Failure && error.code === 'identity.changed' ? await chains.stranger(person) : null;
      if (identity === null) throw error;
      return { identity, accepted: false };
    }
  }

  async block(person: Id, blocked: boolean): Promise<void> {
    await this.#ports.session.required();
    await this.#ports.api.call(blocked ? 'block' : 'unblock', { params: { id: person } });
    await transact(this.#ports.store, async (transaction) => {
      const known = await transaction.get<Person>(keys.person(person));
      if (known !== undefined) transaction.put(keys.person(person), { ...known, blocked });
    });
    this.#ports.bus.announce({ type: 'people' });
    this.#ports.bus.announce({ type: 'conversations' });
  }
}
