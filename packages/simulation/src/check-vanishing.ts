import { fromBase64Url } from '@earshot/base/encoding.ts';
import { openEvent } from '@earshot/client/keys/event-body.ts';
import type { ChainRow } from '@earshot/client/keys/ephemeral-keys.ts';
import { primitives } from '@earshot/client/keys/primitives.ts';
import type { MessageRow } from '@earshot/client/replica/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Holding, Logged } from './check.ts';
import type { Device } from './device.ts';
import { diceOf } from './dice.ts';
import type { World } from './world.ts';

/** What was meant to vanish can be opened with nothing that is kept: not at the server with a conversation's keys, and on no device where it has ended. */
export async function checkVanishing(world: World, { events }: Holding): Promise<void> {
  const vanishing = events.filter(({ parsed }) => parsed.class === 'message' && parsed.expiry !== 'never');
  const { cipher } = primitives(diceOf(world.seed, 'vanishing'));
  for (const event of vanishing) {
    for (const key of archived(world, event)) if (await opens(cipher, key, event)) world.trace.violation(`server: ${event.parsed.id} expires, and opens with the key of its conversation`);
    for (const device of world.devices) if (opensThere(device, event)) world.trace.violation(`${device.name}: ${event.parsed.id} has ended, and its key is there`);
  }
}

/** The keys of that generation of the conversation that lie on any device: all of them, since two devices should have one and might not. */
function archived({ devices }: World, { log, parsed }: Logged): Uint8Array<ArrayBuffer>[] {
  return devices.flatMap(({ disk }) => (disk.get(keys.conversationKey(log, parsed.generation)) as Uint8Array<ArrayBuffer> | undefined) ?? []);
}

async function opens(cipher: ReturnType<typeof primitives>['cipher'], key: Uint8Array<ArrayBuffer>, { parsed, body }: Logged): Promise<boolean> {
  if (body === null) return false;
  try {
    await openEvent({ cipher }, key, parsed, fromBase64Url(body));
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Whether a device that shows the notice of its end has its key, or what gives it. What its sender took back may come back. */
function opensThere({ disk }: Device, { log, seq, parsed: { ephemeral } }: Logged): boolean {
  const row = disk.get(keys.message(log, seq)) as MessageRow | undefined;
  if (ephemeral === undefined || row === undefined || row.removed === null || (row.removed.rule ?? 'removed') === 'removed') return false;
  const chain = disk.get(keys.ephemeralChain(log, ephemeral.chain)) as ChainRow | undefined;
  const derives = chain !== undefined && chain.key !== null && chain.step <= ephemeral.step;
  return derives || disk.get(keys.ephemeralKey(log, ephemeral.chain, ephemeral.step)) !== undefined;
}
