import { systemClock, type Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import { type Random, systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Incident } from '@earshot/protocol/status.ts';
import type { Invitation, InviteCommand } from '@earshot/protocol/people.ts';
import { normalizeHandle } from '@earshot/protocol/wire.ts';
import { openBegunStore } from './data.node.ts';
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
  /** What the status page tells of the last 90 days, the newest first. */
  incidents(): Promise<readonly Incident[]>;
  /** Puts the operator's words on the status page until they are resolved. Fails with `limit.reached`. */
  announce(note: string): Promise<Incident>;
  /** Ends an incident that stands; without an id all announcements. Answers which. Fails with `not-found`. */
  resolve(incident?: Id): Promise<readonly Id[]>;
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

/** Fails with `file.unreadable` where no server was ever started, with `server.data-unwritable`, `server.storage`, `server.data-newer`, `server.data-damaged` or `restore.unfinished`. */
export function openOperator(dataDir: string, clock: Clock = systemClock, random: Random = systemRandom): Operator {
  const store = openBegunStore(dataDir);
  const close = (): Promise<void> => store.close();
  return {
    invite: (command) => inviteAsOperator({ store, clock, limits }, command),
    disable: async (handle, disabled) => {
      if (!(await store.people.disable(normalizeHandle(handle), disabled, clock.now()))) throw new Failure('person.unknown', { handle });
    },
    people: () => store.people.all(),
    hasPeople: () => store.people.any(),
    incidents: () => store.status.incidents(),
    announce: async (note) => {
      if (note.length > limits.announcementLength) throw new Failure('limit.reached', { limit: 'announcementLength', allowed: limits.announcementLength, seen: note.length });
      const incident: Incident = { id: makeId(random), cause: 'server.announced', began: clock.now(), ended: null, note };
      await store.status.open(incident);
      return incident;
    },
    resolve: async (incident) => {
      const standing = (await store.status.incidents()).filter(({ ended }) => ended === null);
      const meant = standing.filter(({ id, cause }) => (incident === undefined ? cause === 'server.announced' : id === incident));
      if (meant.length === 0) throw new Failure('not-found', { incident: incident ?? null });
      for (const { id } of meant) await store.status.close(id, clock.now());
      return meant.map(({ id }) => id);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
