import type { Id } from '@earshot/base/ids.ts';
import { toBase32, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import * as v from 'valibot';
import { limits } from './limits.ts';
import { base64Url, id, seq, sha256Hex } from './wire.ts';

/**
 * Keys on the wire: public ones as they are, secret ones only sealed. The server stores and hands on; whether a chain is right is
 * for every client to judge, and the server looks only so far that an honest mistake ends early.
 */

/** Exactly so many bytes in base64url. */
const bytes = (count: number) => v.pipe(base64Url, v.length(Math.ceil((count * 4) / 3)));

/** Ed25519. */
export const signingKey = bytes(32);
export const signature = bytes(64);
/** X-Wing: ML-KEM-768 and X25519. */
export const sealingKey = bytes(1_216);
/** 32 bytes sealed to a sealing key: HPKE base mode, X-Wing, HKDF-SHA256, AES-256-GCM; the encapsulated key and the ciphertext after one another. */
export const sealedSeed = bytes(1_120 + 32 + 16);
/** The same under a key that is a secret already: a nonce of 12 bytes, ciphertext and tag of AES-256-GCM. */
export const wrappedSeed = bytes(12 + 32 + 16);
export const generation = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff));

export const publicKeys = v.strictObject({ signing: signingKey, sealing: sealingKey });
export type PublicKeys = v.InferOutput<typeof publicKeys>;

/** `id` is the device's, as in envelopes. */
export const chainDevice = v.strictObject({ id, keys: publicKeys });
export type ChainDevice = v.InferOutput<typeof chainDevice>;

/** A recovery code's keys, or a passkey's. `id` follows from them (see `recoveryId`). */
export const recoveryKey = v.strictObject({ id, keys: publicKeys, from: v.picklist(['code', 'passkey']) });
export type RecoveryKey = v.InferOutput<typeof recoveryKey>;

/** The account key from now on. Generations only grow; after a fork that a recovery key won they may leave numbers out. */
export const accountKey = v.strictObject({ generation, key: sealingKey });
export type AccountKey = v.InferOutput<typeof accountKey>;

const recoveryList = v.pipe(v.array(recoveryKey), v.minLength(1), v.maxLength(limits.recoveryKeysPerPerson));

export const chainChange = v.variant('kind', [
  /**
   * `invited`: an HMAC-SHA256 under a key from the invitation's secret, over the hash of the entry with `invited` null, by which the
   * inviter knows that whoever joined had the invitation; null when an invitation let back in.
   */
  v.strictObject({ kind: v.literal('genesis'), device: chainDevice, recovery: recoveryList, account: accountKey, invited: v.nullable(bytes(32)) }),
  v.strictObject({ kind: v.literal('add'), device: chainDevice }),
  v.strictObject({ kind: v.literal('revoke'), device: id, account: accountKey }),
  /** In place of all recovery keys before. */
  v.strictObject({ kind: v.literal('recovery'), recovery: recoveryList, account: accountKey }),
]);
export type ChainChange = v.InferOutput<typeof chainChange>;

/** One entry of a person's device chain. `previous` is the hash of the entry before (see `entryHash`), null at index 0. */
export const chainEntry = v.strictObject({
  index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.chainLength - 1)),
  person: id,
  previous: v.nullable(sha256Hex),
  change: chainChange,
  /** The device or the recovery key that signs. */
  signer: id,
  /** Ed25519 over `entryBytes`. */
  signature,
});
export type ChainEntry = v.InferOutput<typeof chainEntry>;

/** Where a chain stands: the index of its last entry and that entry's hash. Clients pin it. */
export const chainHead = v.strictObject({ index: seq, hash: sha256Hex });
export type ChainHead = v.InferOutput<typeof chainHead>;

/** The seed of an account key, sealed to one device or one recovery key of the same person. */
export const accountGrant = v.strictObject({ generation, to: id, sealed: sealedSeed });
export type AccountGrant = v.InferOutput<typeof accountGrant>;

/** The seed of account generation `of`, wrapped under a key from the seed of the later `generation`. */
export const predecessor = v.strictObject({ generation, of: generation, wrapped: wrappedSeed });
export type Predecessor = v.InferOutput<typeof predecessor>;

/** A conversation key, sealed to one member's account key. */
export const grant = v.strictObject({ person: id, account: generation, sealed: sealedSeed });
export type Grant = v.InferOutput<typeof grant>;
/** The reader's own one, as it comes with the event that began the generation. */
export const ownGrant = v.object({ account: generation, sealed: sealedSeed });
export type OwnGrant = v.InferOutput<typeof ownGrant>;

/**
 * A sealing key of one device for what shall vanish: it serves for a week, and its secret half is erased soon after. `number` counts up with each; `signature` is the
 * device's, over `prekeyBytes`.
 */
export const prekey = v.strictObject({ device: id, number: generation, key: sealingKey, signature });
export type Prekey = v.InferOutput<typeof prekey>;

export const memberPrekey = v.object({ person: id, ...prekey.entries });
export type MemberPrekey = v.InferOutput<typeof memberPrekey>;

/** The seed of an ephemeral chain, sealed to the prekey of one device that has this number. */
export const deviceGrant = v.strictObject({ device: id, prekey: generation, sealed: sealedSeed });
export type DeviceGrant = v.InferOutput<typeof deviceGrant>;

/**
 * An entry with the seeds that go with it, as clients post it. `genesis`: to the device and to each recovery key. `add`: to the new
 * device, of the generation in force. `revoke`, `recovery`: of the new generation, to each device and each recovery key left, and
 * its predecessor.
 */
export const chainCommand = v.strictObject({
  entry: chainEntry,
  grants: v.pipe(v.array(accountGrant), v.minLength(1), v.maxLength(limits.devicesPerChain + limits.recoveryKeysPerPerson)),
  predecessor: v.optional(predecessor),
});
export type ChainCommand = v.InferOutput<typeof chainCommand>;

export const chainQuery = v.strictObject({
  /** Entries from this index on; 0 when left out. */
  from: v.optional(v.pipe(v.string(), v.regex(/^\d{1,6}$/))),
  /** Of a chain that the person had before she began anew: the hash of its first entry. */
  identity: v.optional(sha256Hex),
});
/** `length`: how many entries there are; those that were asked for come in pages. `former`: the identities that the person had before she began anew, oldest first. */
export const chainAnswer = v.object({ entries: v.array(chainEntry), length: seq, former: v.pipe(v.array(sha256Hex), v.maxLength(limits.formerChainsPerPerson)) });
export type ChainAnswer = v.InferOutput<typeof chainAnswer>;

/** What this device and the recovery keys were given, in all generations. */
export const keysAnswer = v.object({ grants: v.array(accountGrant), predecessors: v.array(predecessor) });
export type KeysAnswer = v.InferOutput<typeof keysAnswer>;

/** The bytes of an entry that are hashed and signed: all but the signature, in the order of the schema. */
export function entryBytes({ index, person, previous, change, signer }: Omit<ChainEntry, 'signature'>): Uint8Array<ArrayBuffer> {
  return utf8(`earshot chain 1${JSON.stringify([index, person, previous, changeList(change), signer])}`);
}

/** SHA-256 of `entryBytes` in hex: what the next entry's `previous` says. Of the first entry it is the person's identity. */
export function entryHash(entry: Omit<ChainEntry, 'signature'>): Promise<string> {
  return sha256(entryBytes(entry));
}

function changeList(change: ChainChange): readonly unknown[] {
  switch (change.kind) {
    case 'genesis': return [change.kind, deviceList(change.device), change.recovery.map(recoveryEntry), accountList(change.account), change.invited];
    case 'add': return [change.kind, deviceList(change.device)];
    case 'revoke': return [change.kind, change.device, accountList(change.account)];
    case 'recovery': return [change.kind, change.recovery.map(recoveryEntry), accountList(change.account)];
  }
}

const keyList = ({ signing, sealing }: PublicKeys): readonly string[] => [signing, sealing];
const deviceList = ({ id: device, keys }: ChainDevice): readonly unknown[] => [device, keyList(keys)];
const recoveryEntry = ({ id: key, keys, from }: RecoveryKey): readonly unknown[] => [key, keyList(keys), from];
const accountList = ({ generation: number, key }: AccountKey): readonly unknown[] => [number, key];

/** What a device signs of its prekey. */
export function prekeyBytes({ device, number, key }: Omit<Prekey, 'signature'>): Uint8Array<ArrayBuffer> {
  return utf8(`earshot prekey 1${JSON.stringify([device, number, key])}`);
}

/** What a recovery key signs to sign a device in: the challenge, and nothing that would serve elsewhere. */
export function recoverySigningBytes(challenge: { readonly challenge: Id; readonly nonce: string; readonly handle: string; readonly device: Id }): Uint8Array<ArrayBuffer> {
  return utf8(`earshot recovery 1${JSON.stringify([challenge.challenge, challenge.nonce, challenge.handle, challenge.device])}`);
}

/**
 * What the server is told of an invitation's secret: derived, so that the secret itself stays between the two people and proves the
 * newcomer's keys to the inviter (`invited`). 43 characters.
 */
export async function invitationToken(secret: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', utf8(secret), 'HKDF', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('earshot invitation 1 token') }, key, 256);
  return toBase64Url(new Uint8Array(bits));
}

/** A recovery key is called by its public half, so that nobody can give its name to another. */
export async function recoveryId(keys: PublicKeys): Promise<Id> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`earshot recovery id 1${JSON.stringify(keyList(keys))}`));
  return toBase32(new Uint8Array(digest).subarray(0, 16));
}
