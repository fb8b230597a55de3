import { concat, fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import { type Body, body as bodySchema } from '@earshot/protocol/bodies.ts';
import { type Envelope, envelopeBytes } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type EventFrame, eventFrame } from '@earshot/protocol/frames.ts';
import * as v from 'valibot';
import { canonical } from './canonical.ts';
import type { Cipher, CipherUnder } from './cipher.ts';
import type { Primitives } from './primitives.ts';
import { type Signatures, SIGNATURE_BYTES } from './signatures.ts';
import { derive } from './symmetric.ts';

/**
 * The body of an event, sealed and signed:
 *
 *     sealed = 2 | AES-256-GCM under a key of this event alone, bound to the envelope's bytes, of ( signature (64) | text )
 *     text   = canonical JSON of { body, frame }
 *     signature of the sending device over "earshot event 1" | envelope's bytes | text
 *
 * The key follows from the conversation key of the envelope's generation and the event's id.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const FORMAT = 2;

export interface BodyInput {
  /** The conversation key of the envelope's generation. */
  readonly key: Bytes;
  readonly envelope: Envelope;
  readonly body: Body;
  readonly frame: EventFrame;
  /** Of the envelope's device. */
  readonly signingSeed: Bytes;
}

export async function sealEvent({ cipher, signatures }: Pick<Primitives, 'cipher' | 'signatures'>, { key, envelope, body, frame, signingSeed }: BodyInput): Promise<Bytes> {
  const outside = envelopeBytes(envelope);
  const text = utf8(canonical({ body, frame }));
  const signature = await signatures.sign(signingSeed, signedBytes(outside, text));
  return concat([Uint8Array.of(FORMAT), await eventCipher(cipher, key, envelope).seal(concat([signature, text]), outside)]);
}

export interface OpenedEvent {
  readonly body: Body;
  readonly frame: EventFrame;
  /** Whether the owner of this signing key (base64url) has said it. Nothing of the event counts before this was asked. */
  saidBy(signatures: Signatures, signingKey: string): Promise<boolean>;
}

/** Throws `event.unreadable` with `reason`: `format`, `seal` (another key, another envelope, or damage), `text` or `kind` (a newer version's). */
export async function openEvent({ cipher }: Pick<Primitives, 'cipher'>, key: Bytes, envelope: Envelope, sealed: Bytes): Promise<OpenedEvent> {
  if (sealed[0] !== FORMAT) throw new Failure('event.unreadable', { reason: 'format' });
  const outside = envelopeBytes(envelope);
  const opened = await eventCipher(cipher, key, envelope).open(sealed.subarray(1), outside);
  if (opened === null || opened.length < SIGNATURE_BYTES) throw new Failure('event.unreadable', { reason: 'seal' });
  const text = opened.subarray(SIGNATURE_BYTES);
  const read = v.safeParse(contentSchema, jsonOf(text));
  if (!read.success) throw new Failure('event.unreadable', { reason: 'kind' });
  return {
    ...read.output,
    saidBy: (signatures, signingKey) => signatures.verify(signingKey, signedBytes(outside, text), opened.subarray(0, SIGNATURE_BYTES)),
  };
}

const contentSchema = v.object({ body: bodySchema, frame: eventFrame });

function signedBytes(outside: Bytes, text: Bytes): Bytes {
  return concat([utf8('earshot event 1'), outside, text]);
}

function eventCipher(cipher: CipherUnder, key: Bytes, { id }: Envelope): Cipher {
  return cipher(derive(key, 'event 1 body', utf8(id)));
}

function jsonOf(text: Bytes): unknown {
  try {
    return JSON.parse(fromUtf8(text)) as unknown;
  } catch (error) {
    throw new Failure('event.unreadable', { reason: 'text' }, { cause: error });
  }
}
