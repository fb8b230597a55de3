import { concat, toBase64Url } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { SendDetails } from '@earshot/client/earshot.ts';
import { beginContent } from '@earshot/client/keys/content.ts';
import { MessageHash } from '@earshot/client/outbox/message-hash.ts';
import { PartWriter } from '@earshot/client/outbox/part-writer.ts';
import type { Body } from '@earshot/protocol/bodies.ts';

const PACKETS = 100; // two seconds
const PACKET_BYTES = 60; // 24 kbit/s
const PRE_SKIP = 312;

/** A message that can be sent many times under new ids: what it says, and its only part as it is sealed. */
export interface Voice {
  readonly packets: Uint8Array[];
  readonly details: SendDetails;
  readonly body: Body;
  readonly sealed: Buffer;
  readonly sha256: string;
}

export async function makeVoice(): Promise<Voice> {
  const packets = Array.from({ length: PACKETS }, () => Uint8Array.of(0x78, ...systemRandom.bytes(PACKET_BYTES - 1)));
  const details: SendDetails = { samples: PACKETS * 960 - PRE_SKIP, preSkip: PRE_SKIP, waveform: systemRandom.bytes(256), source: { from: 'microphone' } };
  const writer = new PartWriter(makeId(systemRandom), await beginContent(systemRandom));
  const pieces = [await writer.push(packets), await writer.finish()].filter((piece) => piece !== null);
  const sealed = concat(pieces.map(({ bytes }) => bytes));
  const parts = pieces.slice(-1).map(({ part: { packets: count, bytes, key } }) => ({ packets: count, bytes, key }));
  const hash = new MessageHash(PRE_SKIP).push(packets).finish(details.samples);
  const body: Body = { kind: 'message', parts, samples: details.samples, preSkip: PRE_SKIP, sha256: hash, waveform: toBase64Url(details.waveform), source: { from: 'microphone' } };
  return { packets, details, body, sealed: Buffer.from(sealed), sha256: await sha256(sealed) };
}
