import { fromBase64Url, fromHex, toBase64Url, toHex, utf8 } from '@earshot/base/encoding.ts';
import type { ChainEntry } from '@earshot/protocol/keys.ts';
import { entryHash } from '@earshot/protocol/keys.ts';
import { derive, mac, macFits } from './symmetric.ts';

/**
 * An invitation's link makes two people known to each other without the server in between: its fragment carries who invites, and its secret,
 * of which the server only ever hears a derived token, proves to the inviter whose keys the newcomer's are.
 *
 *     fragment = secret (26 characters) [. identity of the inviter, 43 characters of base64url]
 */
export interface Invitation {
  readonly secret: string;
  /** Identity hash of who invites (see `identityOf`), in hex; null in an operator's invitation. */
  readonly identity: string | null;
}

export function invitationFragment({ secret, identity }: Invitation): string {
  return identity === null ? secret : `${secret}.${toBase64Url(fromHex(identity))}`;
}

export function readInvitation(fragment: string): Invitation {
  const [secret = '', identity] = fragment.split('.');
  return { secret, identity: identity !== undefined && /^[\w-]{43}$/.test(identity) ? toHex(fromBase64Url(identity)) : null };
}

/** Over the hash of the newcomer's first entry with `invited` null. */
export async function invitationMac(secret: string, hash: string): Promise<Uint8Array<ArrayBuffer>> {
  return await mac(await macSecret(secret), fromHex(hash));
}

/** Whether the maker of this first entry had the secret of this invitation. */
export async function wasInvited(secret: string, entry: ChainEntry): Promise<boolean> {
  if (entry.change.kind !== 'genesis' || entry.change.invited === null) return false;
  const hash = await entryHash({ ...entry, change: { ...entry.change, invited: null } });
  return await macFits(await macSecret(secret), fromHex(hash), fromBase64Url(entry.change.invited));
}

async function macSecret(secret: string): Promise<Uint8Array<ArrayBuffer>> {
  return derive(utf8(secret), 'invitation 1 proof');
}
