import { concat } from '@earshot/base/encoding.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 16;
/** Bytes that are made at once: some 4 s of speech. */
const PIECE = 16_384;

/** Bytes that stand at `position` of a key's stream (AES-CTR), sealed or opened: it is the same. */
export async function streamed(key: CryptoKey, position: number, bytes: Bytes): Promise<Bytes> {
  const within = position % BLOCK;
  const counter = new Uint8Array(BLOCK);
  new DataView(counter.buffer).setBigUint64(8, BigInt((position - within) / BLOCK));
  const shifted = within === 0 ? bytes : concat([new Uint8Array(within), bytes]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, shifted)).subarray(within);
}

/**
 * The stream of one key for whoever writes little and often. A browser makes it in another thread, and going there and back for every
 * packet costs more than everything else that is done with it, and time in which the packet is in memory only. So it is made in
 * pieces, each before it is needed.
 */
export class KeyStream {
  readonly #make: (position: number, bytes: Bytes) => Promise<Bytes>;
  readonly #pieces = new Map<number, Bytes | Promise<Bytes>>();

  /** `make`: seals bytes that stand at a position. */
  constructor(make: (position: number, bytes: Bytes) => Promise<Bytes>) {
    this.#make = make;
  }

  async sealed(position: number, bytes: Bytes): Promise<Bytes> {
    if (bytes.length >= PIECE) return this.#make(position, bytes);
    const number = Math.floor(position / PIECE);
    const stream = await this.#piece(number);
    const next = this.#piece(number + 1);
    // Who needs it asks again, and hears then why it could not be made.
    if (next instanceof Promise) next.catch(() => undefined);
    const from = position - number * PIECE;
    const whole = from + bytes.length <= PIECE ? stream.subarray(from) : concat([stream.subarray(from), await next]);
    for (const old of this.#pieces.keys()) if (old < number) this.#pieces.delete(old);
    return bytes.map((byte, at) => byte ^ (whole[at] ?? 0));
  }

  #piece(number: number): Bytes | Promise<Bytes> {
    const there = this.#pieces.get(number);
    if (there !== undefined) return there;
    const making = this.#make(number * PIECE, new Uint8Array(PIECE)).then((made) => {
      this.#pieces.set(number, made);
      return made;
    }).catch((error: unknown) => {
      this.#pieces.delete(number);
      throw error;
    });
    this.#pieces.set(number, making);
    return making;
  }
}
