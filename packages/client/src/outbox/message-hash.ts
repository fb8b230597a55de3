import { toHex } from '@earshot/base/encoding.ts';
import { OggOpusWriter } from '@earshot/audio/ogg-opus.ts';
import { sha256 } from '@noble/hashes/sha2.js';

/** *The* hash of a message, computed while its packets come in: of the canonical Ogg Opus file, which is never held as a whole. */
export class MessageHash {
  readonly preSkip: number;
  readonly #writer: OggOpusWriter;
  readonly #sum = sha256.create();

  constructor(preSkip: number) {
    this.preSkip = preSkip;
    this.#writer = new OggOpusWriter({ preSkip });
    for (const page of this.#writer.head()) this.#sum.update(page);
  }

  push(packets: Iterable<Uint8Array>): this {
    for (const packet of packets) {
      const page = this.#writer.push(packet);
      if (page !== null) this.#sum.update(page);
    }
    return this;
  }

  /** Hex; `samples` are those the listener hears. Throws `AudioError` when the packets do not hold that many. */
  finish(samples: number): string {
    return toHex(this.#sum.update(this.#writer.finish(samples)).digest());
  }
}
