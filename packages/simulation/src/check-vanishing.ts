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
    for (const key of archived(world, event)) if (await isOpened(cipher, key, event)) world.trace.violation(`server: ${event.parsed.id} expires, and opens with the key of its conversation`);
    for (const device of world.devices) {
      // What its sender took back may come back for a while.
      const removed = removalOf(device, event);
      if (removed !== null && !isTakenBack(removed) && opens(device, event)) world.trace.violation(`${device.name}: ${event.parsed.id} has ended, and its key is there`);
    }
  }
}

/** The keys of that generation of the conversation that lie on any device: all of them, since two devices should have one and might not. */
function archived({ devices }: World, { log, parsed }: Logged): Uint8Array<ArrayBuffer>[] {
  return devices.flatMap(({ disk }) => (disk.get(keys.conversationKey(log, parsed.generation)) as Uint8Array<ArrayBuffer> | undefined) ?? []);
}

async function isOpened(cipher: ReturnType<typeof primitives>['cipher'], key: Uint8Array<ArrayBuffer>, { parsed, body }: Logged): Promise<boolean> {
  if (body === null) return false;
  try {
    await openEvent({ cipher }, key, parsed, fromBase64Url(body));
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Some weeks after `since`, in which every device was there: what its sender took back cannot come back any more where it had rested its time by then, and its keys are gone as well. */
export function checkErased({ devices, server, trace }: World, { events }: Holding, since: number): void {
  const rested = since - server.retention.rest;
  for (const event of events) {
    for (const device of devices) {
      const removed = removalOf(device, event);
      if (removed !== null && isTakenBack(removed) && removed.at < rested && opens(device, event)) trace.violation(`${device.name}: ${event.parsed.id} has rested its time, and its key is there`);
    }
  }
}

function removalOf({ disk }: Device, { log, seq }: Logged): MessageRow['removed'] {
  return (disk.get(keys.message(log, seq)) as MessageRow | undefined)?.removed ?? null;
}

function isTakenBack({ rule = 'removed' }: NonNullable<MessageRow['removed']>): boolean {
  return rule === 'removed';
}

/** Whether a device has the key of a message, or what gives it. */
function opens({ disk }: Device, { log, parsed: { ephemeral } }: Logged): boolean {
  if (ephemeral === undefined) return false;
  const chain = disk.get(keys.ephemeralChain(log, ephemeral.chain)) as ChainRow | undefined;
  const derives = chain !== undefined && chain.key !== null && chain.step <= ephemeral.step;
  return derives || disk.get(keys.ephemeralKey(log, ephemeral.chain, ephemeral.step)) !== undefined;
}
