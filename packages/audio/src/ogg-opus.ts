import { AudioError } from './audio-error.ts';
import { MAX_SEGMENTS } from './ogg-page.ts';
import { pageOfPackets, pagesOfPacket, segmentsOf } from './ogg-packets.ts';
import { encodeOpusHead } from './opus-head.ts';
import { isValidPacket, OPUS_RATE, packetSamples } from './opus-packet.ts';
import { encodeOpusTags } from './opus-tags.ts';

/**
 * *The* file of a message. Everybody who holds its packets can make it, and everybody makes the same bytes, for ever; the
 * sha256 of a message is that of this file without tags. So nothing here may depend on anything but the arguments:
 *
 * - serial number and vendor are fixed, there is no encoder version and no time;
 * - page 0 holds OpusHead, the tags take the pages after it, sound begins on a page of its own;
 * - a page of sound is closed once it holds a second or more (50 packets of 20 ms), or before a packet that would not fit
 *   its lacing table any more; no packet is split;
 * - a granule position is the sum of the durations in the packets; only the last one is less, where the end is trimmed.
 */
export const EARSHOT_SERIAL = 0x45415253;
export const EARSHOT_VENDOR = 'Earshot';
export const PAGE_SAMPLES = OPUS_RATE;

export type OggOpusLabel = {
  /** Samples at the beginning that belong to the codec and are not played. */
  readonly preSkip: number;
  /** `NAME: value`, written in the order of the names. A file with tags is not the canonical one. */
  readonly tags?: Readonly<Record<string, string>>;
  /** How many channels a player shall make; 1 unless given. */
  readonly channels?: 1 | 2;
};

export type OggOpusContent = OggOpusLabel & {
  readonly packets: Iterable<Uint8Array>;
  /** Samples at 48 kHz that are played: the message's exact length. */
  readonly samples: number;
};

/** The file in one piece. Throws `AudioError`, see `OggOpusWriter`. */
export function writeOggOpus(content: OggOpusContent): Uint8Array<ArrayBuffer> {
  const chunks = [...oggOpusChunks(content)];
  const file = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}

/** The same file page by page, for messages that shall not be in memory twice. */
export function* oggOpusChunks(content: OggOpusContent): Generator<Uint8Array<ArrayBuffer>, void, void> {
  const writer = new OggOpusWriter(content);
  yield* writer.head();
  for (const packet of content.packets) {
    const page = writer.push(packet);
    if (page !== null) yield page;
  }
  yield writer.finish(content.samples);
}

/** Writes the canonical file while its packets come in. Call `head` once, `push` for each packet, `finish` at the end. */
export class OggOpusWriter {
  readonly #label: OggOpusLabel;
  #sequence = 0;
  #page: Uint8Array[] = [];
  #segments = 0;
  #pageSamples = 0;
  #granule = 0;

  constructor(label: OggOpusLabel) {
    this.#label = label;
  }

  head(): Uint8Array<ArrayBuffer>[] {
    const { channels = 1, preSkip, tags = {} } = this.#label;
    const label = { serial: EARSHOT_SERIAL, granule: 0, last: false };
    const pages = [
      pageOfPackets([encodeOpusHead(channels, preSkip)], { ...label, sequence: 0, first: true }),
      ...pagesOfPacket(encodeOpusTags(EARSHOT_VENDOR, tags), { ...label, sequence: 1, first: false }),
    ];
    this.#sequence = pages.length;
    return pages;
  }

  /**
   * Takes a packet; returns the page before it when that is complete. A page waits for the packet after it, because only
   * then it is known not to be the last. Throws `AudioError` ('damaged') for a packet that is not Opus.
   */
  push(packet: Uint8Array): Uint8Array<ArrayBuffer> | null {
    if (!isValidPacket(packet)) {
      const evidence = { bytes: packet.length, at: this.#granule + this.#pageSamples };
      throw new AudioError('damaged', 'packet', 'A packet is not a valid Opus packet.', evidence);
    }
    const segments = segmentsOf(packet.length);
    const full = this.#pageSamples >= PAGE_SAMPLES || this.#segments + segments > MAX_SEGMENTS;
    const page = full ? this.#close(this.#granule + this.#pageSamples, false) : null;
    this.#page.push(packet);
    this.#segments += segments;
    this.#pageSamples += packetSamples(packet);
    return page;
  }

  /**
   * The last page, its granule position set so that exactly `samples` are played. Throws `AudioError`: 'empty' without any
   * packet, 'damaged' where the packets do not hold that many samples or hold a whole page more.
   */
  finish(samples: number): Uint8Array<ArrayBuffer> {
    if (this.#page.length === 0) throw new AudioError('empty', 'no-sound', 'There is no packet of sound.');
    const { preSkip } = this.#label;
    const end = preSkip + samples;
    const total = this.#granule + this.#pageSamples;
    if (end > total || end < this.#granule) {
      const evidence = { samples, preSkip, inPackets: total, beforeLastPage: this.#granule };
      throw new AudioError('damaged', 'length', `The packets do not match a length of ${samples} samples.`, evidence);
    }
    return this.#close(end, true);
  }

  #close(granule: number, last: boolean): Uint8Array<ArrayBuffer> {
    const label = { serial: EARSHOT_SERIAL, sequence: this.#sequence, granule, first: false, last };
    const page = pageOfPackets(this.#page, label);
    this.#sequence += 1;
    this.#granule += this.#pageSamples;
    this.#page = [];
    this.#segments = 0;
    this.#pageSamples = 0;
    return page;
  }
}
