import { beginsGeneration, type Envelope, leaves } from '@earshot/protocol/envelope.ts';
import type { Grant } from '@earshot/protocol/keys.ts';
import { anySealed } from './keys.ts';

interface Room {
  readonly generation: number;
  readonly members: readonly string[];
}

/** What the members of a server's conversations know of their keys, so that a test need not say it with every event. */
export class Rooms {
  readonly #rooms = new Map<string, Room>();
  /** Where it is not 1. */
  readonly accounts = new Map<string, number>();

  /** The generation under which this would be sealed now. */
  generationFor(person: string, envelope: Envelope): number {
    const { generation } = this.#find(envelope.log);
    return beginsGeneration(envelope, person) ? generation + 1 : Math.max(generation, 1);
  }

  /** A grant for each member after the event, where it begins a generation. */
  grantsFor(person: string, envelope: Envelope): readonly Grant[] | undefined {
    if (!beginsGeneration(envelope, person)) return undefined;
    return this.#after(person, envelope).members.map((member) => ({ person: member, account: this.accounts.get(member) ?? 1, sealed: anySealed() }));
  }

  accepted(person: string, envelope: Envelope): void {
    this.#rooms.set(envelope.log, this.#after(person, envelope));
  }

  #after(person: string, envelope: Envelope): Room {
    const room = this.#find(envelope.log);
    const { add = [], remove = [] } = envelope.membership ?? {};
    const members = [...(envelope.class === 'create' ? [person] : room.members), ...add].filter((member) => !remove.includes(member));
    const known = envelope.membership !== undefined || leaves(envelope, person);
    return { generation: beginsGeneration(envelope, person) ? envelope.generation : room.generation, members: known ? [...new Set(members)] : room.members };
  }

  #find(log: string): Room {
    return this.#rooms.get(log) ?? { generation: 0, members: [] };
  }
}
