import { AudioError } from './audio-error.ts';
import { ByteQueue } from './byte-queue.ts';
import { decodePage, type OggPage, type PageFault } from './ogg-page.ts';
import { OggPacketJoiner } from './ogg-packets.ts';
import { OpusTimeline } from './ogg-opus-timeline.ts';
import { decodeOpusHead, type OpusHead } from './opus-head.ts';
import { isValidPacket, MAX_PACKET_BYTES } from './opus-packet.ts';
import { decodeOpusTags, type OpusTags } from './opus-tags.ts';

/**
 * How a stream ended: `whole` with its end mark; `unmarked` on a page boundary without one (a recorder that was stopped
 * hard, or a cut that happened to fall there); `torn` within a page, whose sound is then not known to be right.
 */
export type OggEnding = 'whole' | 'unmarked' | 'torn';

export type OggOpusSummary = OpusHead & {
  /** Samples at 48 kHz to be played, after the pre-skip and before the trimmed end. */
  readonly samples: number;
  readonly packetCount: number;
  readonly tags: OpusTags;
  readonly ending: OggEnding;
  /** Bytes after the last whole page. */
  readonly tornBytes: number;
};

export type OggOpusFile = OggOpusSummary & { readonly packets: readonly Uint8Array<ArrayBuffer>[] };

/** Pictures ride in the tags; more than this is no header any more. */
export const MAX_TAGS_BYTES = 16_777_216;

/** Reads a whole file. Throws `AudioError`; a torn end is no error but said in `ending`, see `requireWholeOgg`. */
export function readOggOpus(bytes: Uint8Array): OggOpusFile {
  const reader = new OggOpusReader();
  const packets = reader.push(bytes);
  return { ...reader.end(), packets };
}

/** Throws `AudioError` ('torn') for a stream that does not reach its end mark. */
export function requireWholeOgg(summary: OggOpusSummary): void {
  if (summary.ending === 'whole') return;
  const { packetCount, samples, tornBytes } = summary;
  throw new AudioError('torn', summary.ending, 'The Ogg stream stops before its end.', { packetCount, samples, tornBytes });
}

/**
 * Reads an Ogg Opus stream while it arrives, in pieces cut anywhere. Every page's checksum and number is checked before a
 * packet of it is given out.
 *
 * Throws `AudioError`: 'empty', 'not-audio', 'unsupported' ('ogg-codec', 'channels', 'chained', 'multiplexed', ...),
 * 'damaged' ('checksum', 'page-lost', ...), and at the end 'torn' where not even the headers are whole. After an error the
 * reader is of no further use; what it gave out before was right.
 */
export class OggOpusReader {
  readonly #queue = new ByteQueue();
  readonly #joiner = new OggPacketJoiner();
  readonly #timeline = new OpusTimeline();
  #head: OpusHead | null = null;
  #tags: OpusTags | null = null;
  #serial = 0;
  #nextSequence = 0;
  #pages = 0;
  #offset = 0;
  #ended = false;

  /** Known once the first page has come. */
  get head(): OpusHead | null {
    return this.#head;
  }

  /** Known before the first packet. */
  get tags(): OpusTags | null {
    return this.#tags;
  }

  /** The packets on the pages that these bytes complete. */
  push(piece: Uint8Array): Uint8Array<ArrayBuffer>[] {
    this.#queue.push(piece);
    const packets: Uint8Array<ArrayBuffer>[] = [];
    const bytes = this.#queue.peek();
    let at = 0;
    for (;;) {
      const reading = decodePage(bytes, at);
      if (reading.kind === 'bad') throw this.#refuse(reading.fault);
      if (reading.kind === 'short') break;
      packets.push(...this.#page(reading.page));
      at += reading.size;
      this.#offset += reading.size;
    }
    this.#queue.drop(at);
    return packets;
  }

  /** What the stream was as a whole. Call it once, after the last piece. */
  end(): OggOpusSummary {
    const tornBytes = this.#queue.length;
    if (this.#offset + tornBytes === 0) throw new AudioError('empty', 'no-bytes', 'There are no bytes.');
    if (this.#head === null || this.#tags === null) {
      const evidence = { bytes: this.#offset + tornBytes };
      throw new AudioError('torn', 'headers', 'The Ogg stream stops within its headers.', evidence);
    }
    if (this.#ended && tornBytes > 0) throw this.#damaged('after-end', 'Bytes follow the end of the Ogg stream.');
    const { packetCount } = this.#timeline;
    if (this.#ended && packetCount === 0) throw new AudioError('empty', 'no-sound', 'The Ogg stream holds no sound.');
    const torn = tornBytes > 0 || (this.#joiner.isOpen && !this.#ended);
    const ending = this.#ended ? 'whole' : torn ? 'torn' : 'unmarked';
    const samples = this.#timeline.samplesAfter(this.#head.preSkip);
    return { ...this.#head, samples, packetCount, tags: this.#tags, ending, tornBytes };
  }

  #page(page: OggPage): Uint8Array<ArrayBuffer>[] {
    this.#checkOrder(page);
    this.#pages += 1;
    this.#nextSequence = (page.sequence + 1) >>> 0;
    const packets = this.#joiner.push(page);
    if (packets === null) throw this.#damaged('page-lost', 'A page goes on with a packet whose beginning is missing.');
    this.#ended = page.last;
    const limit = this.#tags === null ? MAX_TAGS_BYTES : MAX_PACKET_BYTES;
    if (this.#joiner.pendingBytes > limit) throw this.#tooLarge(this.#joiner.pendingBytes, limit);
    const sound = packets.filter((packet) => !this.#takeHeader(packet));
    for (const packet of sound) if (!isValidPacket(packet)) throw this.#damaged('packet', 'A packet is not valid Opus.');
    if (this.#tags === null || page.granule < 0) return this.#timeline.unplaced(sound);
    if (sound.length === 0 && !page.last) return sound;
    const kept = this.#timeline.placed(sound, page.granule, page.last);
    if (kept === null) throw this.#damaged('granule', 'The positions in the Ogg stream run backwards.');
    return kept;
  }

  /** Page by page of one stream, none missing, nothing after its end. */
  #checkOrder(page: OggPage): void {
    if (this.#pages === 0) {
      if (!page.first) throw this.#damaged('page-lost', 'The first page of the Ogg stream is missing.');
      this.#serial = page.serial;
      return;
    }
    if (this.#ended && page.first) throw this.#unsupported('chained', 'Several Ogg streams one after the other.');
    if (page.serial !== this.#serial || page.first) throw this.#unsupported('multiplexed', 'Several Ogg streams in one file.');
    if (this.#ended) throw this.#damaged('after-end', 'Pages follow the end of the Ogg stream.');
    if (page.sequence !== this.#nextSequence) {
      throw this.#damaged('page-lost', `Page ${this.#nextSequence} is missing; ${page.sequence} stands in its place.`);
    }
  }

  #takeHeader(packet: Uint8Array): boolean {
    if (this.#head === null) {
      this.#head = decodeOpusHead(packet);
      return true;
    }
    if (this.#tags !== null) return false;
    this.#tags = decodeOpusTags(packet);
    return true;
  }

  #refuse(fault: PageFault): AudioError {
    if (this.#pages === 0 && fault === 'capture') return new AudioError('not-audio', 'ogg', 'This is not an Ogg file.');
    if (this.#ended) return this.#damaged('after-end', 'Bytes that are no page follow the end of the Ogg stream.');
    if (fault === 'version') return this.#unsupported('ogg-version', 'A page of an unknown version of Ogg.');
    const message = fault === 'checksum' ? 'The checksum of a page does not match its bytes.' : 'No page where one should begin.';
    return this.#damaged(fault, message);
  }

  #damaged(detail: string, message: string): AudioError {
    return new AudioError('damaged', detail, message, this.#where());
  }

  #unsupported(detail: string, message: string): AudioError {
    return new AudioError('unsupported', detail, message, this.#where());
  }

  #tooLarge(seen: number, allowed: number): AudioError {
    return new AudioError('too-large', 'packet', `A packet is over the limit of ${allowed} bytes.`, { ...this.#where(), seen, allowed });
  }

  #where(): { page: number; offset: number; packetsBefore: number; samplesBefore: number } {
    const { packetCount, total } = this.#timeline;
    return { page: this.#pages, offset: this.#offset, packetsBefore: packetCount, samplesBefore: total };
  }
}
