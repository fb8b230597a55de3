import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { type MessageBody, messageBody, type VanishingBody } from '@earshot/protocol/bodies.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import * as v from 'valibot';
import { canonical } from './canonical.ts';
import { aesKey, aesOpen, aesSeal } from './symmetric.ts';

/** The body of a message that expires, under the key of one step of an ephemeral chain; in it lie the keys of its sound. */
type Bytes = Uint8Array<ArrayBuffer>;

export interface Step {
  readonly log: Id;
  readonly chain: Id;
  readonly step: number;
  readonly message: Id;
}

export async function sealVanishing(random: Random, at: Step, key: Bytes, body: MessageBody): Promise<VanishingBody> {
  const sealed = await aesSeal(await aesKey(key), utf8(canonical(body)), bound(at), random);
  return { kind: 'vanishing', chain: at.chain, step: at.step, sealed: toBase64Url(sealed) };
}

/** Throws `event.unreadable` when it was not sealed under this key as this message. */
export async function openVanishing(at: Step, key: Bytes, { sealed }: VanishingBody): Promise<MessageBody> {
  const opened = await aesOpen(await aesKey(key), fromBase64Url(sealed), bound(at));
  if (opened === null) throw new Failure('event.unreadable', { reason: 'seal' });
  const read = v.safeParse(messageBody, JSON.parse(fromUtf8(opened)));
  if (!read.success) throw new Failure('event.unreadable', { reason: 'kind' });
  return read.output;
}

function bound({ log, chain, step, message }: Step): Bytes {
  return utf8(`earshot vanishing 1${JSON.stringify([log, chain, step, message])}`);
}
