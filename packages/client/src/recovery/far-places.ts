import type { Id } from '@earshot/base/ids.ts';
import type { Found, OpenedBackup, PlaceName } from '../earshot-recovery.ts';
import type { AskedRow, LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { BroughtBack, Choice } from './brought-back.ts';
import type { CopyReader } from './copy-format.ts';
import { has, hasNot, passing, type Place, unknown } from './place.ts';
import { holdsSoundFor } from './sound-of.ts';

/** What those who were asked have said: one who has it is enough; that nobody has it is known when everybody said so. */
function judged(name: PlaceName, whom: readonly Id[], answers: ReadonlyMap<Id, boolean>): Found {
  if ([...answers.values()].includes(true)) return has(name);
  return whom.every((one) => answers.has(one)) ? hasNot(name) : unknown(name);
}

async function answersOf(store: Store, message: Id, own: boolean, me: Id): Promise<Map<Id, boolean>> {
  const row = (await store.get(keys.asked(message))) as AskedRow | undefined;
  const asks = (row?.asks ?? []).filter((ask) => ask.own === own && (own || ask.by === me));
  return new Map(asks.flatMap(({ answers }) => answers.map(({ by, found }) => [by, found])));
}

/** The other devices of this person. They answer by themselves, as soon as they are there; who has it gives it back to the server. */
export function ownDevices(ports: { readonly store: Store; readonly others: () => Promise<readonly Id[]>; readonly seek: (row: MessageRow, whom: readonly Id[]) => Promise<boolean>; readonly me: Id }): Place {
  return {
    name: 'own-devices',
    look: async ({ id }) => judged('own-devices', await ports.others(), await answersOf(ports.store, id, true, ports.me)),
    bring: async (row) => {
      const whom = await ports.others();
      return whom.length > 0 && row.removed === null && (await ports.seek(row, whom));
    },
  };
}

/** Who sent it, and who else may have it. They are asked only when this person says so; so nothing is brought from them here. */
export function otherPeople(store: Store, me: Id): Place {
  return {
    name: 'people',
    look: async ({ id, log }) => {
      const { members = [] } = ((await store.get(keys.log(log))) as LogRow | undefined) ?? {};
      const whom = members.filter(({ person, left }) => person !== me && left === null).map(({ person }) => person);
      return judged('people', whom, await answersOf(store, id, false, me));
    },
    bring: () => Promise.resolve(false),
  };
}

/**
 * Backups that can be opened now, each by itself: one that is broken, or away by now, hides no other. `known`: the places where there are some; what is
 * in those that are not open nobody can say.
 */
export function backupsOf(backups: readonly OpenedBackup[], known: () => Promise<readonly string[]>, bringBack: (reader: CopyReader, choice: Choice) => Promise<BroughtBack>): Place {
  const brings = async (files: CopyReader, message: Id): Promise<boolean> => (await bringBack(files, { message })).restored.length > 0;
  return {
    name: 'backup',
    look: async (row) => {
      let all = (await known()).every((place) => backups.some((backup) => backup.place === place));
      for (const { files } of backups) {
        const holds = await passing(holdsSoundFor(files, row), null);
        if (holds === true) return has('backup');
        if (holds === null) all = false;
      }
      return all ? hasNot('backup') : unknown('backup');
    },
    bring: async ({ id, removed }) => {
      if (removed !== null) return false;
      for (const { files } of backups) if (await passing(brings(files, id), false)) return true;
      return false;
    },
  };
}
