import { sha256 } from '@earshot/base/hash.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { invitationToken } from '@earshot/protocol/keys.ts';
import type { Invitation, Person } from '@earshot/protocol/people.ts';
import type { Bus } from '../bus.ts';
import type { PeopleFace } from '../earshot.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import type { OwnChain } from './own-chain.ts';
import type { Session } from './session.ts';

export interface PeoplePorts {
  readonly store: Store;
  readonly api: Api;
  readonly random: Random;
  readonly session: Session;
  readonly bus: Bus;
  readonly ownChain: Pick<OwnChain, 'invitation'>;
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
    return { secret: await this.#ports.ownChain.invitation(person, secret), expires };
  }

  async invitations(): Promise<Invitation[]> {
    await this.#ports.session.required();
    return (await this.#ports.api.call('invitations')).invitations;
  }

  async withdraw(secretSha256: string): Promise<void> {
    await this.#ports.session.required();
    await this.#ports.api.call('withdraw', { params: { secretSha256 } });
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
