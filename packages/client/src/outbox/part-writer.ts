import { toHex } from '@earshot/base/encoding.ts';
import { writePackets } from '@earshot/audio/packet-stream.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { BlobSealer } from '../sealer.ts';
import type { PartRow } from './row.ts';
import { sha256 } from '@noble/hashes/sha2.js';

/** Sealed bytes that are to be stored, and the row of the part once they are. */
export interface SealedPiece {
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly part: PartRow;
}

/** Seals the packets of one part as they come. */
export class PartWriter {
  readonly #sealer: BlobSealer;
  readonly #sum = sha256.create();
  /** Where the packets end that are not wholly sealed yet, in plain bytes. */
  #ends: number[] = [];
  #plain = 0;
  #taken = 0;
  #part: PartRow;

  constructor(blob: Id, sealer: BlobSealer) {
    this.#sealer = sealer;
    this.#part = { blob, key: sealer.key, packets: 0, bytes: 0, sealed: 0, sha256: null };
  }

  get blob(): Id {
    return this.#part.blob;
  }

  /** Packets taken, sealed or not. */
  get packets(): number {
    return this.#taken;
  }

  /** Null while no record is complete. */
  async push(packets: readonly Uint8Array[]): Promise<SealedPiece | null> {
    for (const packet of packets) this.#ends.push((this.#plain += packet.length + 2));
    this.#taken += packets.length;
    const bytes = await this.#sealer.push(writePackets(packets));
    return bytes.length === 0 ? null : this.#piece(bytes, false);
  }

  async finish(): Promise<SealedPiece> {
    return this.#piece(await this.#sealer.finish(), true);
  }

  #piece(bytes: Uint8Array<ArrayBuffer>, finished: boolean): SealedPiece {
    const offset = this.#part.sealed;
    this.#sum.update(bytes);
    const plain = finished ? this.#plain : this.#sealer.sealedPlain;
    const whole = this.#ends.filter((end) => end <= plain).length;
    this.#ends = this.#ends.slice(whole);
    this.#part = {
      ...this.#part,
      packets: this.#part.packets + whole,
      bytes: plain,
      sealed: offset + bytes.length,
      sha256: finished ? toHex(this.#sum.digest()) : null,
    };
    return { offset, bytes, part: this.#part };
  }
}
