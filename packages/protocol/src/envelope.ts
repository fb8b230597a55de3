import type { Id } from '@earshot/base/ids.ts';
import { concat, fromHex, toBase32, utf8 } from '@earshot/base/encoding.ts';
import * as v from 'valibot';
import { deviceGrant, generation, grant, ownGrant } from './keys.ts';
import { limits } from './limits.ts';
import { expiry } from './retention.ts';
import { base64Url, byteCount, id, seq, sha256Hex, time } from './wire.ts';

/**
 * The outside of an event: exactly what the server needs to order, authorise, collect and expire. Everything else is in the
 * body, which the server cannot read.
 */

/** A blob that an event names: `length` and `sha256` are of the bytes stored, that is, of the sealed ones. */
export const blobRef = v.strictObject({
  id,
  length: v.pipe(byteCount, v.maxValue(limits.blobBytes)),
  sha256: sha256Hex,
});
export type BlobRef = v.InferOutput<typeof blobRef>;

/** Who belongs to a conversation: the only content of a conversation that the server understands. */
export const membership = v.strictObject({
  /** Only on `create`. A direct conversation has two people; with oneself it is the person's own log. */
  kind: v.optional(v.picklist(['direct', 'group'])),
  add: v.optional(v.pipe(v.array(id), v.maxLength(limits.membersPerConversation))),
  remove: v.optional(v.pipe(v.array(id), v.maxLength(limits.membersPerConversation))),
  /** Members who become owners. */
  promote: v.optional(v.pipe(v.array(id), v.maxLength(limits.membersPerConversation))),
});
export type Membership = v.InferOutput<typeof membership>;

/**
 * - `create` makes the conversation; its first event, at number 1. It begins key generation 1.
 * - `members` changes who belongs to it. When it adds or removes others, it begins the next key generation.
 * - `key` begins the next key generation, and changes nothing else.
 * - `message` carries a voice.
 * - `signal` is anything small that the server need not tell apart: heard, a title, a draft, a setting.
 * - `remove` takes back earlier events of the same sender, for everyone. They rest a while.
 * - `restore` brings events back that rest.
 * - `heard` says the same as the signal, of messages that expire: the server starts the clock of who heard. In a closed conversation, which takes no signals, of all.
 * - `keep` stops the clocks of such messages, for everyone. Of one that may be heard once it takes its sender.
 * - `ask` asks the others for a message that somebody lost: while that is open, it does not expire for her. `answer` is what came of it.
 * - `chain` begins an ephemeral chain of the sending device: keys for messages that expire, sealed to devices and to nothing that is kept.
 */
export const eventClass = v.picklist(['create', 'members', 'key', 'message', 'signal', 'remove', 'restore', 'heard', 'keep', 'ask', 'answer', 'chain']);
export type EventClass = v.InferOutput<typeof eventClass>;

/** Where the key of a body comes from: a step of an ephemeral chain that this device has begun in this log. */
export const ephemeralStep = v.strictObject({ chain: id, step: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff)) });
export type EphemeralStep = v.InferOutput<typeof ephemeralStep>;

export const envelope = v.strictObject({
  version: v.literal(1),
  id,
  /** The log, that is, the conversation. */
  log: id,
  /** The sending device. */
  device: id,
  /** Key generation under which the body is sealed. An event that begins one is sealed under the one that it begins. */
  generation,
  class: eventClass,
  blobs: v.pipe(v.array(blobRef), v.maxLength(limits.blobsPerEvent)),
  /** Earlier events of the same log that this one is about. */
  refers: v.pipe(v.array(id), v.maxLength(limits.refersPerEvent)),
  /** Of a message: when it ends for whoever heard it. Of anything else: `never`. */
  expiry,
  membership: v.optional(membership),
  /** Only with an expiry: its body is sealed under this instead of the conversation's key. */
  ephemeral: v.optional(ephemeralStep),
});
export type Envelope = v.InferOutput<typeof envelope>;

/** An event as a client posts it. `body` is the sealed body in base64url. */
export const postedEvent = v.strictObject({
  envelope,
  body: v.pipe(base64Url, v.maxLength(Math.ceil((limits.bodyBytes * 4) / 3))),
  /** With an event that begins a key generation: the key for each member after it, the sender included. */
  grants: v.optional(v.pipe(v.array(grant), v.maxLength(limits.membersPerConversation))),
  /** With an event that begins an ephemeral chain: its seed for each device that has a prekey, the sender's own others included. */
  deviceGrants: v.optional(v.pipe(v.array(deviceGrant), v.maxLength(limits.deviceGrantsPerEvent))),
});
export type PostedEvent = v.InferOutput<typeof postedEvent>;

/**
 * Why the body of an event is no longer there, for who asks or for everyone. `sha256` is the hash of the sealed body that was.
 *
 * - `removed`: `by` its sender, for everyone.
 * - `expired`: its time had run out for `by`, or for everybody who could hear it; then `by` is its sender.
 * - `let-go`: `by` let it go; nobody else holds it, or it was asked for by her.
 */
export const removal = v.object({ at: time, by: id, rule: v.picklist(['removed', 'expired', 'let-go', 'account-deleted']), sha256: sha256Hex });
export type Removal = v.InferOutput<typeof removal>;

/** An event as the log holds it. A removed one keeps its number and its envelope for ever; only its body is null. */
export const loggedEvent = v.object({
  seq,
  at: time,
  /** The person whose device sent it. */
  person: id,
  envelope: v.object(envelope.entries),
  body: v.nullable(base64Url),
  removed: v.nullable(removal),
  /** With an event that began a key generation: the key for who asks, unless she was no member then. */
  grant: v.nullable(ownGrant),
  /** Only with an event that began an ephemeral chain: its seed for the device that asks; null when it was given none. */
  deviceGrant: v.nullish(deviceGrant),
});
export type LoggedEvent = v.InferOutput<typeof loggedEvent>;

/**
 * The bytes that stand for an envelope wherever it is hashed, signed or bound to a body: fields in the order of the schema, no
 * spaces. Two parties with equal envelopes get equal bytes.
 */
export function envelopeBytes(value: Envelope): Uint8Array<ArrayBuffer> {
  const { version, id: event, log, device, generation: number, class: kind, blobs, refers, expiry: ends, membership: change, ephemeral } = value;
  return utf8(
    JSON.stringify([
      version, event, log, device, number, kind,
      blobs.map((blob) => [blob.id, blob.length, blob.sha256]),
      refers, ends === 'never' ? ends : ['heard', ends.heard],
      change ? [change.kind ?? null, change.add ?? [], change.remove ?? [], change.promote ?? []] : null,
      // Behind all that stood there before: what was sent without it has the bytes it had.
      ...(ephemeral ? [[ephemeral.chain, ephemeral.step]] : []),
    ]),
  );
}

/** Leaving by herself: whoever leaves makes no keys for those who stay. */
export function leaves({ class: kind, membership: change }: Envelope, person: Id): boolean {
  return kind === 'members' && !change?.add?.length && !change?.promote?.length && change?.remove?.length === 1 && change.remove[0] === person;
}

/** Whether an event of this person begins a key generation, and so comes with grants. */
export function beginsGeneration(value: Envelope, person: Id): boolean {
  const { class: kind, membership: change } = value;
  if (kind === 'create' || kind === 'key') return true;
  return kind === 'members' && ((change?.add?.length ?? 0) > 0 || (change?.remove?.length ?? 0) > 0) && !leaves(value, person);
}

/**
 * What stands for an event as it was said is the SHA-256 of these bytes, in hex, which is called its hash: the envelope's bytes and the SHA-256 of the
 * sealed body. Of a removed event `bodySha256` is what its `removed` says.
 */
export function hashedBytes(value: Envelope, bodySha256: string): Uint8Array<ArrayBuffer> {
  return concat([envelopeBytes(value), fromHex(bodySha256)]);
}

/**
 * The log of a direct conversation follows from its two people, so that both may create it at once and mean the same. With
 * oneself it is the person's own log: notes, drafts, settings.
 */
export async function directLogId(one: Id, other: Id): Promise<Id> {
  const [first, second] = [one, other].sort();
  return await idFrom(`earshot direct ${first} ${second}`);
}

/** The log of a group follows from the event that makes it: whoever could choose it could take the place of a conversation between two others. */
export async function groupLogId(create: Id): Promise<Id> {
  return await idFrom(`earshot group ${create}`);
}

async function idFrom(text: string): Promise<Id> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(text));
  return toBase32(new Uint8Array(digest).subarray(0, 16));
}
