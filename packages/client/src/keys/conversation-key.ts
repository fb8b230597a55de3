import { fromBase64Url, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Grant, OwnGrant } from '@earshot/protocol/keys.ts';
import { accountOf, type Chain } from './chain.ts';
import type { Primitives } from './primitives.ts';
import { SECRET_BYTES } from './symmetric.ts';

/** A conversation key: 32 random bytes in numbered generations, sealed to each member's account key. */
type Bytes = Uint8Array<ArrayBuffer>;

export function newConversationKey(random: Random): Bytes {
  return random.bytes(SECRET_BYTES);
}

/** One grant for each member, in their order, to the account keys that their chains have in force. */
export async function grantConversation({ kem }: Primitives, log: Id, generation: number, key: Bytes, members: readonly Chain[]): Promise<Grant[]> {
  return await Promise.all(
    members.map(async (chain): Promise<Grant> => {
      const account = accountOf(chain);
      const sealed = await kem.seal(fromBase64Url(account.key), grantInfo(log, generation, chain.person, account.generation), key);
      return { person: chain.person, account: account.generation, sealed: toBase64Url(sealed) };
    }),
  );
}

/**
 * The conversation key out of one's own grant; null when it was not sealed to this account seed for this generation. It proves itself by
 * opening the signed event that came with it: before that it is nobody's word.
 */
export async function openGrant({ kem }: Primitives, log: Id, generation: number, person: Id, grant: OwnGrant, seed: Bytes): Promise<Bytes | null> {
  const key = await kem.open(seed, grantInfo(log, generation, person, grant.account), fromBase64Url(grant.sealed));
  return key?.length === SECRET_BYTES ? key : null;
}

function grantInfo(log: Id, generation: number, person: Id, account: number): Bytes {
  return utf8(`earshot grant 1${JSON.stringify([log, generation, person, account])}`);
}
