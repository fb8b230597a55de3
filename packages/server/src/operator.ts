import { systemClock, type Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Invitation, InviteCommand } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { openStore } from './data.node.ts';
import { inviteAsOperator } from './invitations/invitations.ts';
import type { PersonState } from './store/people-store.ts';

/** What the operator may do with a data folder, beside a running server or without one. */
export interface Operator extends AsyncDisposable {
  /** Registers an invitation by the SHA-256 (hex) of its secret's characters. Fails with `person.unknown` when `for` names nobody. */
  invite(command: InviteCommand): Promise<Invitation>;
  /** Disables a person, or lets her in again. A running server ends her sessions within a second. Fails with `person.unknown`. */
  disable(handle: string, disabled: boolean): Promise<void>;
  people(): Promise<readonly OperatorPerson[]>;
  /** Whether anybody ever joined: if not, the first invitation is due. */
  hasPeople(): Promise<boolean>;
  close(): Promise<void>;
}

export interface OperatorPerson {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly state: PersonState;
  /** Milliseconds since 1970. */
  readonly joined: number;
}

/** Fails with `server.data-unwritable`, `server.data-newer` or `server.data-damaged`. */
export function openOperator(dataDir: string, clock: Clock = systemClock): Operator {
  const store = openStore(dataDir);
  const close = (): Promise<void> => store.close();
  return {
    invite: (command) => inviteAsOperator({ store, clock, limits }, command),
    disable: async (handle, disabled) => {
      if (!(await store.people.disable(normalizeHandle(handle), disabled, clock.now()))) throw new Failure('person.unknown', { handle });
    },
    people: () => store.people.all(),
    hasPeople: () => store.people.any(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
