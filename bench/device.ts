import { join } from 'node:path';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfileStore } from '@earshot/client/connect.node.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { nodeCipherUnder } from '@earshot/client/keys/cipher.node.ts';
import { primitives } from '@earshot/client/keys/primitives.ts';
import { sqliteLocks } from '@earshot/client/locks/sqlite-locks.node.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { switchable } from './pass-through.ts';

/** A profile as the product opens it, but that its transport can be watched and its sealing be switched off. */
export async function openDevice(dir: string, server: string, watched = (real: Transport): Transport => real): Promise<Earshot> {
  const { store, forget } = await openProfileStore({ dir, passphrase: null });
  return await createEarshot({
    store, forgetAtRest: forget,
    transport: watched(httpTransport({ server })),
    locks: sqliteLocks(join(dir, 'locks')),
    clock: systemClock,
    random: systemRandom,
    primitives: switchable(primitives(systemRandom, nodeCipherUnder(systemRandom))),
  });
}
