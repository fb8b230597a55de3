import type { Id } from '@earshot/base/ids.ts';
import type { Found, PlaceName } from '../earshot-recovery.ts';
import type { AskedRow, LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { BroughtBack, Choice } from './brought-back.ts';
import { type CopyReader, findLine } from './copy-format.ts';
import { has, hasNot, type Place, unknown } from './place.ts';

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

/** Backups that can be opened now. `known`: how many there are; of those that are not open nobody can say what is in them. */
export function backupsOf(readers: readonly CopyReader[], known: () => Promise<number>, bringBack: (reader: CopyReader, choice: Choice) => Promise<BroughtBack>): Place {
  return {
    name: 'backup',
    look: async ({ id }) => {
      for (const reader of readers) if (((await findLine(reader, id))?.sound ?? null) !== null) return has('backup');
      return (await known()) > readers.length ? unknown('backup') : hasNot('backup');
    },
    bring: async ({ id, removed }) => {
      if (removed !== null) return false;
      for (const reader of readers) if ((await bringBack(reader, { message: id })).restored.length > 0) return true;
      return false;
    },
  };
}
