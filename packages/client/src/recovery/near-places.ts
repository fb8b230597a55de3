import { sha256 } from '@earshot/base/hash.ts';
import type { Message, MessagesFace } from '../earshot.ts';
import type { MessageRow } from '../replica/row.ts';
import { readBytes } from '../stores/bytes.ts';
import type { Store } from '../store.ts';
import type { Api } from '../wire/api.ts';
import { bytesOnServer } from './on-server.ts';
import { has, hasNot, type Place } from './place.ts';

/** Brings the sound of a message to this device, from here or from the server, whole or not at all. */
type Fetch = (row: MessageRow) => Promise<void>;

/** Whether all of it lies on this device, as it should be. */
export async function holdsWhole(store: Store, { blobs, removed }: Pick<MessageRow, 'blobs' | 'removed'>): Promise<boolean> {
  for (const { id, length, sha256: hash } of blobs) {
    const bytes = await readBytes(store, id, 0, length);
    if (bytes.length !== length || (await sha256(bytes)) !== hash) return false;
  }
  return blobs.length > 0 && removed === null;
}

export function thisDevice(store: Store, fetch: Fetch): Place {
  return {
    name: 'device',
    look: async (row) => ((await holdsWhole(store, row)) ? has('device') : hasNot('device')),
    bring: async (row) => {
      if (row.content === null || !(await holdsWhole(store, row))) return false;
      if (!row.here) await fetch(row);
      return true;
    },
  };
}

/**
 * What was deleted and rests: deleted by this person for herself, or her own one that she took back. Of the first it is the copy of this device
 * that rests; the second one is restored by the server as well.
 */
export function recentlyDeleted(store: Store, messages: Pick<MessagesFace, 'get' | 'restore'>): Place {
  const rests = async ({ id }: MessageRow): Promise<Message['resting']> => (await messages.get(id))?.resting ?? null;
  return {
    name: 'rest',
    look: async (row) => {
      const resting = await rests(row);
      return resting === null || (resting.whose === 'me' && !(await holdsWhole(store, row))) ? hasNot('rest') : has('rest', resting.until);
    },
    bring: async (row) => {
      const resting = await rests(row);
      if (resting === null) return false;
      await messages.restore(row.id);
      // Back in its place, but without its sound: the other places are tried.
      return resting.whose === 'everyone' || (row.here && (await holdsWhole(store, row)));
    },
  };
}

/** Looking means fetching: only what came and fits its hash is there. */
export function liveServer(api: Api, fetch: Fetch): Place {
  return {
    name: 'server',
    look: async ({ blobs, removed }) => {
      if (removed !== null) return hasNot('server');
      for (const blob of blobs) if ((await bytesOnServer(api, blob)) === null) return hasNot('server');
      return has('server');
    },
    bring: async (row) => {
      if (row.removed !== null || row.content === null) return false;
      await fetch(row);
      return true;
    },
  };
}
