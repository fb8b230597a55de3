import { readPackets } from '@earshot/audio/packet-stream.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Sealer } from '../sealer.ts';

/** The packets in the sealed bytes of one part; `count` of them belong to it, what follows was torn by a crash. */
export async function openPart(sealer: Sealer, key: string, sealed: Uint8Array<ArrayBuffer>, count: number): Promise<Uint8Array[]> {
  const opener = await sealer.blobOpener(key);
  return packetsIn(await opener.open(sealed, 0, sealed.length), count);
}

export function packetsIn(plain: Uint8Array, count: number): Uint8Array[] {
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
