import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import type { Invitation, Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { PeopleFace } from '../earshot.ts';
import { identityOf } from '../keys/chain.ts';
import type { Chains } from '../keys/chains.ts';
import type { EventSealing } from '../keys/event-sealing.ts';
import { invitationFragment } from '../keys/invitation.ts';
import { script } from '../later.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';
import type { ComparedPorts } from './compared.ts';

const verifying = script(() => import('./verifying.ts'));

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
    return await (await verifying()).safety(this.#ports, person);
  }

  async compared(person: Id, identity: string): Promise<void> {
    await (await verifying()).compared(this.#ports, person, identity);
  }

  async accept(person: Id, identity: string): Promise<void> {
    await (await verifying()).accept(this.#ports, person, identity);
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
