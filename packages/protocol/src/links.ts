import * as v from 'valibot';
import { limits } from './limits.ts';
import { newDevice } from './people.ts';
import { base64Url, id, sha256Hex, time } from './wire.ts';

/**
 * A link between two devices of one person while one lets the other in: a short list of messages that the server cannot read
 * (public keys, commitments, proofs). With a code: the old device opens it with the hash of a token, and the new one, which has the
 * token out of the code, signs in with it. Without: the new device has signed in already and opens it.
 */

const text = v.pipe(base64Url, v.maxLength(limits.linkMessageLength));

export const linkCommand = v.strictObject({
  id,
  /** SHA-256 of the token's characters; left out when nobody shall sign in by it. */
  tokenSha256: v.optional(sha256Hex),
});
export type LinkCommand = v.InferOutput<typeof linkCommand>;

export const linkMessage = v.object({ device: id, text });
export const link = v.object({
  id,
  /** The device that opened it. */
  device: id,
  expires: time,
  messages: v.array(linkMessage),
});
export type Link = v.InferOutput<typeof link>;

/** `index`: how many messages there are already; two that come at once do not both get in. */
export const linkMessageCommand = v.strictObject({ index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.messagesPerLink - 1)), text });
export type LinkMessageCommand = v.InferOutput<typeof linkMessageCommand>;

/** `hello` becomes the first message. Repeated by the same device it finds what it did. */
export const linkSignInCommand = v.strictObject({ link: id, token: v.pipe(v.string(), v.maxLength(64)), hello: text, device: newDevice });
export type LinkSignInCommand = v.InferOutput<typeof linkSignInCommand>;
