import { toBase32 } from './encoding.ts';
import type { Random } from './random.ts';

/** 128 random bits as 26 characters of Crockford base32: made by whoever creates the thing, before the first attempt. */
export type Id = string;

export function makeId(random: Random): Id {
  return toBase32(random.bytes(16));
}
