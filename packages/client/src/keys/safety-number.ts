import { utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';

/** Who somebody is: the person and the hash of the first entry of her device chain, in hex. */
export interface Identity {
  readonly person: Id;
  readonly identity: string;
}

const GROUPS = 12;
const GROUP_BYTES = 5;

/**
 * The number that two people compare to be sure of each other: twelve groups of five digits, the same on both sides, for as long as neither begins
 * anew. Devices that come and go do not change it.
 */
export async function safetyNumber(one: Identity, other: Identity): Promise<string> {
  const pair = [one, other].sort((a, b) => (a.person < b.person ? -1 : 1)).map(({ person, identity }) => [person, identity]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', utf8(`earshot safety number 1${JSON.stringify(pair)}`)));
  return Array.from({ length: GROUPS }, (_, at) => fiveDigits(digest.subarray(at * GROUP_BYTES, (at + 1) * GROUP_BYTES))).join(' ');
}

/** For a code to be scanned by the other person, who has the same number or does not. */
export function safetyCode(number: string): string {
  return `earshot-verify:${number.replaceAll(' ', '')}`;
}

export function fitsSafetyCode(number: string, scanned: string): boolean {
  return scanned.trim() === safetyCode(number);
}

function fiveDigits(bytes: Uint8Array): string {
  return String(bytes.reduce((sum, byte) => sum * 256 + byte, 0) % 100_000).padStart(5, '0');
}
