import { concat, fromBase64Url, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { AccountGrant, AccountKey, Predecessor } from '@earshot/protocol/keys.ts';
import { accountKeyOf, accountOf, type Chain, trustedDevices } from './chain.ts';
import type { Primitives } from './primitives.ts';
import { aesKey, aesOpen, aesSeal, derive, SECRET_BYTES, type SecretKey } from './symmetric.ts';

/**
 * The account key: what everything is sealed to that a person shall read, in numbered generations. Its seed is sealed to each of her
 * devices and recovery keys; each generation's seed opens the one before, so whoever gets the last has them all.
 */
type Bytes = Uint8Array<ArrayBuffer>;

/** Seeds by generation. */
export type AccountSeeds = ReadonlyMap<number, Bytes>;

export interface NewAccountKey {
  readonly seed: Bytes;
  readonly account: AccountKey;
}

export async function newAccountKey({ random, kem }: Primitives, generation: number): Promise<NewAccountKey> {
  const seed = random.bytes(SECRET_BYTES);
  return { seed, account: { generation, key: toBase64Url(await kem.publicKey(seed)) } };
}

/** To a device or a recovery key that the person's own chain names. */
export async function sealAccountSeed({ kem }: Primitives, person: Id, generation: number, seed: Bytes, to: { readonly id: Id; readonly keys: { readonly sealing: string } }): Promise<AccountGrant> {
  const sealed = await kem.seal(fromBase64Url(to.keys.sealing), seedInfo(person, generation, to.id), seed);
  return { generation, to: to.id, sealed: toBase64Url(sealed) };
}

/** To everybody whom the chain (with its last entry) trusts with it. */
export async function grantAccount(primitives: Primitives, chain: Chain, seed: Bytes): Promise<AccountGrant[]> {
  const { generation } = accountOf(chain);
  return await Promise.all([...trustedDevices(chain), ...chain.recovery].map((to) => sealAccountSeed(primitives, chain.person, generation, seed, to)));
}

export async function wrapPredecessor({ random }: Primitives, person: Id, of: number, predecessor: Bytes, generation: number, seed: Bytes): Promise<Predecessor> {
  const wrapped = await aesSeal(await wrappingKey(person, generation, seed), predecessor, utf8(String(of)), random);
  return { generation, of, wrapped: toBase64Url(wrapped) };
}

/**
 * All seeds that one device or recovery key (`to`, with its sealing seed) can open: its newest grant, the predecessors from there on, and
 * what older grants add. Each is compared with the chain's public key. Throws `server.misbehaves` when what the server gave is not what was sealed.
 */
export async function openAccount({ kem }: Primitives, chain: Chain, to: Id, sealing: Bytes, grants: readonly AccountGrant[], predecessors: readonly Predecessor[]): Promise<AccountSeeds> {
  const seeds = new Map<number, Bytes>();
  const open = async (generation: number): Promise<void> => {
    const grant = grants.find((one) => one.to === to && one.generation === generation);
    if (grant !== undefined) seeds.set(generation, await fits(kem, chain, generation, await kem.open(sealing, seedInfo(chain.person, generation, to), fromBase64Url(grant.sealed))));
  };
  for (const { generation } of chain.accounts.toReversed()) {
    if (!seeds.has(generation)) await open(generation);
    const seed = seeds.get(generation);
    const before = predecessors.find((one) => one.generation === generation);
    if (seed === undefined || before === undefined || accountKeyOf(chain, before.of) === null) continue;
    const key = await wrappingKey(chain.person, generation, seed);
    seeds.set(before.of, await fits(kem, chain, before.of, await aesOpen(key, fromBase64Url(before.wrapped), utf8(String(before.of)))));
  }
  return seeds;
}

async function fits(kem: Primitives['kem'], chain: Chain, generation: number, seed: Bytes | null): Promise<Bytes> {
  const expected = accountKeyOf(chain, generation);
  if (seed === null || toBase64Url(await kem.publicKey(seed)) !== expected) throw new Failure('server.misbehaves', { what: 'account key', person: chain.person, generation });
  return seed;
}

async function wrappingKey(person: Id, generation: number, seed: Bytes): Promise<SecretKey> {
  return await aesKey(derive(seed, 'account 1 predecessor', utf8(`${person} ${generation}`)));
}

function seedInfo(person: Id, generation: number, to: Id): Bytes {
  return utf8(`earshot account 1${JSON.stringify([person, generation, to])}`);
}

/** Something of any length that only the owner of an account reads: its key is sealed to her account key, `label` says what it is. */
export async function sealToAccount({ kem, random }: Primitives, person: Id, account: AccountKey, label: string, plain: Bytes): Promise<Bytes> {
  const secret = random.bytes(SECRET_BYTES);
  const info = parcelInfo(person, account.generation, label);
  return concat([await kem.seal(fromBase64Url(account.key), info, secret), await aesSeal(await aesKey(secret), plain, info, random)]);
}

/** Null when it was not sealed to this generation under this label, or is not whole. */
export async function openToAccount({ kem }: Primitives, person: Id, generation: number, seed: Bytes, label: string, sealed: Bytes): Promise<Bytes | null> {
  const info = parcelInfo(person, generation, label);
  const secret = await kem.open(seed, info, sealed.slice(0, SEALED_SECRET_BYTES));
  return secret === null ? null : await aesOpen(await aesKey(secret), sealed.slice(SEALED_SECRET_BYTES), info);
}

/** Encapsulated key, 32 bytes, tag. */
const SEALED_SECRET_BYTES = 1_120 + SECRET_BYTES + 16;

function parcelInfo(person: Id, generation: number, label: string): Bytes {
  return utf8(`earshot parcel 1${JSON.stringify([person, generation, label])}`);
}
