import { assert } from '@earshot/base/assert.ts';
import { fromBase64Url, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { DeviceGrant, Prekey } from '@earshot/protocol/keys.ts';
import type { HeldPrekey } from './ephemeral-prekeys.ts';
import type { Primitives } from './primitives.ts';
import { derive, SECRET_BYTES } from './symmetric.ts';

/**
 * The keys of what shall vanish: a chain of its own for each sending device and conversation, whose seed is sealed to the prekeys of the members' devices and
 * to nothing else. Each step gives the key of one event and the next chain key; what gave them is forgotten.
 *
 *     seed = key 0 ─▶ key 1 ─▶ key 2 ...        one way only
 *              └▶ event 0  └▶ event 1
 */
type Bytes = Uint8Array<ArrayBuffer>;

export type EphemeralChain = {
  readonly id: Id;
  /** The step whose event key comes next. */
  readonly step: number;
  readonly key: Bytes;
};

/** Events of one chain that may be missing in between: more is no loss on the way but a fault, or somebody who wants much work done. */
const STEPS_AHEAD = 1_000;

export function newEphemeralChain(random: Random): EphemeralChain {
  return { id: makeId(random), step: 0, key: random.bytes(SECRET_BYTES) };
}

/** Only of a chain at its beginning: whoever is let in reads from there on. */
export async function grantEphemeral({ kem }: Primitives, log: Id, chain: EphemeralChain, prekeys: readonly Prekey[]): Promise<DeviceGrant[]> {
  assert(chain.step === 0, 'a chain is granted before its first step');
  return await Promise.all(
    prekeys.map(async ({ device, number, key }): Promise<DeviceGrant> => ({ device, prekey: number, sealed: toBase64Url(await kem.seal(fromBase64Url(key), info(log, chain.id, device, number), chain.key)) })),
  );
}

/** Null when the prekey's private half is erased, or it was not sealed to it for this. */
export async function openEphemeral({ kem }: Primitives, log: Id, id: Id, grant: DeviceGrant, held: readonly HeldPrekey[]): Promise<EphemeralChain | null> {
  const prekey = held.find(({ number }) => number === grant.prekey);
  const key = prekey === undefined ? null : await kem.open(prekey.seed, info(log, id, grant.device, grant.prekey), fromBase64Url(grant.sealed));
  return key?.length === SECRET_BYTES ? { id, step: 0, key } : null;
}

/** The key of the next event, and the chain behind it, from which that key can no longer be had. */
export async function advance({ id, step, key }: EphemeralChain): Promise<{ readonly eventKey: Bytes; readonly next: EphemeralChain }> {
  return { eventKey: derive(key, 'ephemeral 1 event'), next: { id, step: step + 1, key: derive(key, 'ephemeral 1 next') } };
}

/**
 * The chain behind `step`, with the keys of all events up to it: the one at `step` and those that have not come yet. None when the
 * chain is past it. Throws `event.unreadable` when it is further ahead than anything honest.
 */
export async function advanceTo(chain: EphemeralChain, step: number): Promise<{ readonly next: EphemeralChain; readonly keys: ReadonlyMap<number, Bytes> }> {
  if (step - chain.step > STEPS_AHEAD) throw new Failure('event.unreadable', { reason: 'ahead', step });
  const keys = new Map<number, Bytes>();
  let next = chain;
  while (next.step <= step) {
    const { eventKey, next: behind } = await advance(next);
    keys.set(next.step, eventKey);
    next = behind;
  }
  return { next, keys };
}

function info(log: Id, chain: Id, device: Id, prekey: number): Bytes {
  return utf8(`earshot ephemeral 1${JSON.stringify([log, chain, device, prekey])}`);
}
