import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * The recovery code: 128 random bits and a checksum of 12, as seven groups of four characters that people can read aloud and type
 * (Crockford's base32: no i, l, o, u).
 *
 *     number = secret * 4096 + secret mod 4093
 *
 * 4093 is prime: one wrong character, or two neighbours that changed places, always give another remainder.
 */
export const RECOVERY_SECRET_BYTES = 16;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUP = 4;
const LENGTH = 28;
const CHECK_BITS = 12n;
const CHECK_MODULUS = 4093;

export function newRecoverySecret(random: Random): Uint8Array<ArrayBuffer> {
  return random.bytes(RECOVERY_SECRET_BYTES);
}

/** E.g. `7K2M-0QXR-...`, in capital letters. */
export function recoveryCode(secret: Uint8Array): string {
  const value = secret.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const number = (value << CHECK_BITS) | (value % BigInt(CHECK_MODULUS));
  const characters = Array.from({ length: LENGTH }, (_, at) => ALPHABET.charAt(Number((number >> BigInt(5 * (LENGTH - 1 - at))) & 31n)));
  return Array.from({ length: LENGTH / GROUP }, (_, at) => characters.slice(at * GROUP, (at + 1) * GROUP).join('')).join('-');
}

/**
 * The secret of a code as somebody typed it: small letters, any spaces and dashes, `o` for 0, `i` and `l` for 1. Throws `recovery.mistyped`
 * with evidence of what is wrong: `reason` is `length` (with `seen` and `expected`), `character` (with `group` and `seen`) or `checksum` (with
 * `group` when one wrong character or two swapped ones in that group alone explain it).
 */
export function parseRecoveryCode(text: string): Uint8Array<ArrayBuffer> {
  const typed = text.toUpperCase().replace(/[\s\u2010-\u2015-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const wrong = [...typed].findIndex((character) => !ALPHABET.includes(character));
  if (wrong >= 0) throw new Failure('recovery.mistyped', { reason: 'character', group: groupOf(wrong), seen: typed.charAt(wrong) });
  if (typed.length !== LENGTH) throw new Failure('recovery.mistyped', { reason: 'length', seen: typed.length, expected: LENGTH });
  const value = secretIn(typed);
  if (value === null) throw new Failure('recovery.mistyped', { reason: 'checksum', group: suspect(typed) });
  return Uint8Array.from({ length: RECOVERY_SECRET_BYTES }, (_, at) => Number((value >> BigInt(8 * (RECOVERY_SECRET_BYTES - 1 - at))) & 255n));
}

function secretIn(characters: string): bigint | null {
  return fits(characters) ? numberOf(characters) >> CHECK_BITS : null;
}

function numberOf(characters: string): bigint {
  return [...characters].reduce((sum, character) => (sum << 5n) | BigInt(ALPHABET.indexOf(character)), 0n);
}

/** Of the 28 characters 25 and three bits are the secret, the other twelve bits its remainder. */
function fits(characters: string): boolean {
  const values = [...characters].map((character) => ALPHABET.indexOf(character));
  const [split = 0, high = 0, low = 0] = values.slice(25);
  const remainder = values.slice(0, 25).reduce((sum, value) => (sum * 32 + value) % CHECK_MODULUS, 0);
  return (remainder * 8 + (split >> 2)) % CHECK_MODULUS === ((split & 3) << 10) + (high << 5) + low;
}

/** The only group in which one slip of the fingers explains the wrong checksum; null when several do, or none. */
function suspect(typed: string): number | null {
  const groups = new Set<number>();
  for (let at = 0; at < LENGTH; at += 1) {
    for (const other of ALPHABET) if (fits(typed.slice(0, at) + other + typed.slice(at + 1))) groups.add(groupOf(at));
    const swapped = typed.slice(0, at) + typed.charAt(at + 1) + typed.charAt(at) + typed.slice(at + 2);
    if (groupOf(at) === groupOf(at + 1) && fits(swapped)) groups.add(groupOf(at));
  }
  const [only] = groups;
  return groups.size === 1 && only !== undefined ? only : null;
}

/** Counted from 1, as people do. */
function groupOf(at: number): number {
  return Math.floor(at / GROUP) + 1;
}
