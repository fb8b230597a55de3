import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { type AtRest, atRestStore, type KeyHolder } from './at-rest/at-rest-store.ts';
import { destroyProfileKey, openProfileKey, type ProfileKey } from './at-rest/profile-key.node.ts';
import { createEarshot } from './create.ts';
import { nodeCipherUnder } from './keys/cipher.node.ts';
import { primitives } from './keys/primitives.ts';
import type { Earshot } from './earshot.ts';
import { sqliteLocks } from './locks/sqlite-locks.node.ts';
import { sqliteStore } from './stores/sqlite.node.ts';
import { httpTransport } from './transports/http-transport.node.ts';

/**
 * Opens a profile: a folder that belongs to one person on one server, made when it is not there. Several processes may have it open.
 * `server` is the origin, e.g. `https://voice.example.org`. Its key lies in the folder, wrapped by the passphrase where one is given. Rejects with
 * `passphrase.missing` and `passphrase.wrong`.
 */
export async function openProfile({ dir, server, passphrase = null }: { dir: string; server: string; passphrase?: string | null }): Promise<Earshot> {
  const { store, forget, onDamage } = await openProfileStore({ dir, passphrase });
  return await createEarshot({
    store,
    forgetAtRest: forget, onDamage,
    transport: httpTransport({ server: new URL(server).origin }),
    locks: sqliteLocks(join(dir, 'locks')),
    clock: systemClock,
    random: systemRandom,
    primitives: primitives(systemRandom, nodeCipherUnder(systemRandom)),
  });
}

/** What a profile has on its disk, opened. Rejects as `openProfile` does. */
export async function openProfileStore({ dir, passphrase }: { dir: string; passphrase: string | null }): Promise<AtRest> {
  // Only its owner may read what people told her.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // The key first: a wrong passphrase opens nothing that would have to be closed. Unwrapping it takes a while on purpose, so it is done once.
  let first: ProfileKey | null = await openProfileKey(dir, passphrase, systemRandom);
  const holder: KeyHolder = {
    open: async () => {
      const { cipher } = first ?? (await openProfileKey(dir, passphrase, systemRandom));
      first = null;
      return cipher;
    },
    destroy: () => destroyProfileKey(dir),
  };
  return await atRestStore(sqliteStore(join(dir, 'earshot.db')), holder, systemRandom);
}
