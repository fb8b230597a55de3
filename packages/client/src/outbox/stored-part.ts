import { readPackets } from '@earshot/audio/packet-stream.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { MessagePart } from '@earshot/protocol/bodies.ts';
import { contentOpener } from '../keys/content.ts';

/** The packets in the sealed bytes of one part; so many as it says belong to it, what follows was torn by a crash. */
export async function openPart({ key, packets, cut }: Pick<MessagePart, 'key' | 'packets' | 'cut'>, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array[]> {
  const opener = await contentOpener(key, { cut: cut === true });
  return packetsIn(await opener.open(sealed, 0, sealed.length), packets);
}

function packetsIn(plain: Uint8Array, count: number): Uint8Array[] {
  const packets = wholePackets(plain);
  if (packets.length < count) throw new Failure('blob.damaged', { reason: 'packets', expected: count, seen: packets.length });
  return packets.slice(0, count);
}

function wholePackets(plain: Uint8Array): Uint8Array[] {
  try {
    return readPackets(plain).packets;
  } catch (error) {
    throw new Failure('blob.damaged', { reason: 'packets' }, { cause: error });
  }
}
