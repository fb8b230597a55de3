import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import type { Invitation, Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { PeopleFace } from '../earshot.ts';
import type { Chains } from '../keys/chains.ts';
import { identityOf } from '../keys/chain.ts';
import { invitationFragment } from '../keys/invitation.ts';
import { safetyCode, safetyNumber } from '../keys/safety-number.ts';
import type { RekeyedRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import type { ComparedPorts } from './compared.ts';

export interface PeoplePorts extends ComparedPorts {
  readonly api: Api;
  readonly bus: Bus;
  readonly chains: Chains;
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
    const [own, other] = [await chains.reaching(me.person, 1), await chains.fetch(person)];
    const [mine, theirs] = [identityOf(own), identityOf(other)];
    const number = await safetyNumber({ person: me.person, identity: mine }, { person, identity: theirs });
    const compared = (await store.get(keys.compared(person))) === theirs;
    const rekeyed = (await store.list(below(`r/rekeyed/${person}`))).map(([, value]) => value as RekeyedRow).sort((one, next) => one.at - next.at);
    const changes = rekeyed.flatMap(({ at, why }) => why.map((one) => ({ time: at, why: one })));
    return { number, code: safetyCode(number), invited: (await store.get(keys.inviter)) === theirs, compared, changes };
  }

  async compared(person: Id): Promise<void> {
    const { sayCompared } = await import('./compared.ts');
    await sayCompared(this.#ports, person, identityOf(await this.#ports.chains.reaching(person, 1)));
    this.#ports.bus.announce({ type: 'people' });
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
