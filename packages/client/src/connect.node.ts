import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from './create.ts';
import type { Earshot } from './earshot.ts';
import { sqliteLocks } from './locks/sqlite-locks.node.ts';
import { sqliteStore } from './stores/sqlite.node.ts';
import { httpTransport } from './transports/http-transport.node.ts';

/**
 * Opens a profile: a folder that belongs to one person on one server, made when it is not there. Several processes may have it open.
 * `server` is the origin, e.g. `https://voice.example.org`.
 */
export async function openProfile({ dir, server }: { dir: string; server: string }): Promise<Earshot> {
  // Only its owner may read what people told her.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return await createEarshot({
    store: sqliteStore(join(dir, 'earshot.db')),
    transport: httpTransport({ server: new URL(server).origin }),
    locks: sqliteLocks(join(dir, 'locks')),
    clock: systemClock,
    random: systemRandom,
  });
}
