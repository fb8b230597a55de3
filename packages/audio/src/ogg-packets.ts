import { encodePage, MAX_SEGMENTS, type OggPage } from './ogg-page.ts';

/** Segments that a packet of this many bytes takes in a page's lacing table. */
export function segmentsOf(length: number): number {
  return Math.floor(length / 255) + 1;
}

/** The lacing values of packets that begin and end on one page, at most 255 in all. */
function laceWhole(packets: readonly Uint8Array[]): Uint8Array {
  const lacing = new Uint8Array(packets.reduce((sum, packet) => sum + segmentsOf(packet.length), 0)).fill(255);
  let at = -1;
  for (const packet of packets) {
    at += segmentsOf(packet.length);
    lacing[at] = packet.length % 255;
  }
  return lacing;
}

/** What a page says besides its packets. */
export type PageLabel = Pick<OggPage, 'serial' | 'sequence' | 'granule' | 'first' | 'last'>;

/** A page of whole packets. They must fit: at most 255 segments together. */
export function pageOfPackets(packets: readonly Uint8Array[], label: PageLabel): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(packets.reduce((sum, packet) => sum + packet.length, 0));
  let at = 0;
  for (const packet of packets) {
    body.set(packet, at);
    at += packet.length;
  }
  return encodePage({ ...label, continued: false, lacing: laceWhole(packets), body });
}

/** One packet of any size, on as many pages as it takes; only the last of them carries the granule position. */
export function pagesOfPacket(packet: Uint8Array, label: PageLabel): Uint8Array<ArrayBuffer>[] {
  const segments = segmentsOf(packet.length);
  const pages: Uint8Array<ArrayBuffer>[] = [];
  for (let done = 0; done < segments; done += MAX_SEGMENTS) {
    const count = Math.min(MAX_SEGMENTS, segments - done);
    const ends = done + count === segments;
    const lacing = new Uint8Array(count).fill(255);
    if (ends) lacing[count - 1] = packet.length % 255;
    pages.push(encodePage({
      serial: label.serial, sequence: label.sequence + pages.length, granule: ends ? label.granule : -1,
      continued: done > 0, first: label.first && done === 0, last: label.last && ends,
      lacing, body: packet.subarray(done * 255, (done + count) * 255),
    }));
  }
  return pages;
}

/** Joins the segments of pages, in their order, to packets. Whoever feeds it has checked serial and sequence. */
export class OggPacketJoiner {
  #begun: Uint8Array[] = [];
  #open = false;
  #bytes = 0;

  /** The packets that end on this page, as copies; null where the page does not go on where the last one stopped. */
  push(page: OggPage): Uint8Array<ArrayBuffer>[] | null {
    if (page.continued !== this.#open) return null;
    const packets: Uint8Array<ArrayBuffer>[] = [];
    let start = 0;
    let at = 0;
    for (const length of page.lacing) {
      at += length;
      if (length === 255) continue;
      packets.push(this.#finish(page.body.subarray(start, at)));
      start = at;
    }
    this.#open = page.lacing.at(-1) === 255 || (page.lacing.length === 0 && this.#open);
    if (this.#open) this.#keep(page.body.slice(start));
    return packets;
  }

  /** Bytes of a packet whose end has not come yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  #keep(piece: Uint8Array): void {
    this.#begun.push(piece);
    this.#bytes += piece.length;
  }

  #finish(end: Uint8Array): Uint8Array<ArrayBuffer> {
    const packet = new Uint8Array(this.#bytes + end.length);
    let at = 0;
    for (const piece of this.#begun) {
      packet.set(piece, at);
      at += piece.length;
    }
    packet.set(end, at);
    this.#begun = [];
    this.#bytes = 0;
    return packet;
  }
}
