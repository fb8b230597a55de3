import * as v from 'valibot';
import { chainCommand, generation, signature } from './keys.ts';
import { limits } from './limits.ts';
import { base64Url, handle, id, name, seq, sha256Hex, time } from './wire.ts';

/** Accounts, devices, invitations. Everything a client creates carries an id that the client made, so every command can be repeated. */

const deviceName = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.nameLength));
/** Length is judged by the server with a code of its own; the schema only bounds it. */
const password = v.pipe(v.string(), v.maxLength(limits.passwordMax));
export const newDevice = v.strictObject({ id, name: deviceName });

export const joinCommand = v.strictObject({
  /** What follows from the secret in the link's fragment (see `invitationToken`). */
  invitation: v.pipe(v.string(), v.maxLength(64)),
  handle: v.pipe(v.string(), v.maxLength(128)),
  name,
  password: v.optional(password),
  device: newDevice,
  /** The newcomer's keys: the first entry of her chain, which says her id, and its seeds. Of somebody let back in it counts with `anew` only. */
  chain: chainCommand,
  /** For somebody let back in who has neither a device nor a recovery code left: the chain begins again, and others are told. */
  anew: v.optional(v.literal(true)),
});
export type JoinCommand = v.InferOutput<typeof joinCommand>;

/**
 * For somebody signed in who has neither a device nor a recovery key left: `chain` is the first entry of another chain, made by the device that asks.
 * Asks for the password, where there is one.
 */
export const beginAnewCommand = v.strictObject({ chain: chainCommand, password: v.optional(password) });
export type BeginAnewCommand = v.InferOutput<typeof beginAnewCommand>;

export const signInCommand = v.strictObject({ handle: v.pipe(v.string(), v.maxLength(128)), password, device: newDevice });
export type SignInCommand = v.InferOutput<typeof signInCommand>;

export const passkeySignInCommand = v.strictObject({ challenge: id, response: v.looseObject({}), device: newDevice });
export type PasskeySignInCommand = v.InferOutput<typeof passkeySignInCommand>;

/** Begins to sign in with a recovery code. Every name gets an answer. */
export const recoveryChallengeCommand = v.strictObject({ handle: v.pipe(v.string(), v.maxLength(128)) });
export const recoveryChallenge = v.object({ challenge: id, nonce: base64Url });
export type RecoveryChallenge = v.InferOutput<typeof recoveryChallenge>;

/** `signature`: by the recovery key `recovery`, over `recoverySigningBytes`. */
export const recoverySignInCommand = v.strictObject({ handle: v.pipe(v.string(), v.maxLength(128)), challenge: id, recovery: id, signature, device: newDevice });
export type RecoverySignInCommand = v.InferOutput<typeof recoverySignInCommand>;

/** WebAuthn options as the browser's API takes them, with the id under which the server remembers the challenge. */
export const passkeyOptions = v.object({ challenge: id, options: v.looseObject({}) });
export type PasskeyOptions = v.InferOutput<typeof passkeyOptions>;

/** `recovery`: the recovery key that the passkey yields as well, where it does (see `recoveryKey`); the secret behind it stays with its person. */
export const passkeyAddCommand = v.strictObject({ challenge: id, response: v.looseObject({}), name: deviceName, recovery: v.optional(id) });
export type PasskeyAddCommand = v.InferOutput<typeof passkeyAddCommand>;

/** `recovery`: the recovery key that it yields; null when it only signs in. */
export const passkey = v.object({ id: v.string(), name: v.string(), created: time, used: v.nullable(time), recovery: v.nullable(id) });
export type Passkey = v.InferOutput<typeof passkey>;

/** `token` is null for browsers: theirs is in an HttpOnly cookie. `chain`: entries of the person's chain. `locked`: this device is not in it (yet). */
export const sessionAnswer = v.object({ person: id, handle, name, device: id, token: v.nullable(v.string()), chain: seq, locked: v.boolean() });
export type SessionAnswer = v.InferOutput<typeof sessionAnswer>;

export const me = v.object({
  person: id, handle, name, device: id,
  password: v.boolean(),
  passkeys: v.array(passkey),
  /** Bytes on the server, and how many are allowed. */
  used: v.number(), quota: v.number(),
  chain: seq, locked: v.boolean(),
});
export type Me = v.InferOutput<typeof me>;

export const renameCommand = v.strictObject({ name });
export const passwordCommand = v.strictObject({ current: v.optional(password), password });
/** Deleting an account asks for the password, where there is one. */
export const deleteAccountCommand = v.strictObject({ handle: v.string(), password: v.optional(password) });

export const device = v.object({ id, name: v.string(), created: time, seen: v.nullable(time), current: v.boolean(), locked: v.boolean() });
export type Device = v.InferOutput<typeof device>;

export const person = v.object({
  id, handle, name,
  state: v.picklist(['active', 'disabled', 'deleted']),
  /** By me. */
  blocked: v.boolean(),
  /** Entries of the person's chain, and the hash of the first one: left out before there is one. */
  chain: seq, identity: v.optional(sha256Hex),
});
export type Person = v.InferOutput<typeof person>;

/** The client makes the secret and tells the server only the hash of what follows from it (see `invitationToken`). A member's `for` is herself: it signs in another device, no more. */
export const inviteCommand = v.strictObject({ secretSha256: sha256Hex, for: v.optional(v.pipe(v.string(), v.maxLength(128))) });
export type InviteCommand = v.InferOutput<typeof inviteCommand>;
export const invitation = v.object({ secretSha256: sha256Hex, created: time, expires: time, used: v.nullable(id), for: v.nullable(handle) });
export type Invitation = v.InferOutput<typeof invitation>;

export const member = v.object({
  person: id,
  role: v.picklist(['owner', 'member']),
  /** Reads from this number on. */
  joined: seq,
  /** Null while a member; otherwise the last number that may be read. */
  left: v.nullable(seq),
  /** Entries of the person's chain, and the hash of the first one: left out before there is one. */
  chain: seq, identity: v.optional(sha256Hex),
});
export type Member = v.InferOutput<typeof member>;

export const logInfo = v.object({
  id,
  kind: v.picklist(['direct', 'group', 'self']),
  members: v.array(member),
  /** Number of the last event that this person may read. */
  head: seq,
  /** Counts what the others' devices have said about it (see `cursors`). */
  receipts: v.number(),
  /** The key generation in force, and whether the next one has to begin before anything is said under it. */
  generation, due: v.boolean(),
});
export type LogInfo = v.InferOutput<typeof logInfo>;
