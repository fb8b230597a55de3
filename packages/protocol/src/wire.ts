import * as v from 'valibot';
import { limits } from './limits.ts';

/** The small pieces that every schema of the wire is made of. */

export const id = v.pipe(v.string(), v.regex(/^[0-9a-hjkmnp-tv-z]{26}$/));
export const isId = (text: unknown): text is string => v.is(id, text);
/** Position in a log: 1 is the first event; 0 stands for "nothing yet". */
export const seq = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Milliseconds since 1970 by the server's clock. */
export const time = v.pipe(v.number(), v.integer(), v.minValue(0));
export const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
export const base64Url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]*$/));
/** After NFKC and case folding: what people are found by. */
export const handle = v.pipe(v.string(), v.regex(/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]*$/u), v.maxLength(limits.handleLength));
export const name = v.pipe(v.string(), v.regex(/^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u), v.maxLength(limits.nameLength));
export const byteCount = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The form under which a handle is unique: NFKC, folded to lower case, trimmed. */
export function normalizeHandle(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
}
