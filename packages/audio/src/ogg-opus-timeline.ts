import { packetSamples } from './opus-packet.ts';

/**
 * How long a stream is: the sum of its packets, less what its last granule position trims from the end.
 *
 * The packets are the truth. Positions may begin anywhere (a recording of a broadcast begins in its middle) and may jump
 * forward (a writer that left out silence); neither adds sound. They may not run backwards, but at the end.
 */
export class OpusTimeline {
  packetCount = 0;
  /** Samples in the packets so far. */
  total = 0;
  /** What the positions are ahead of `total`; null before the first one. */
  #base: number | null = null;
  #trim = 0;

  /** Packets on a page that gives no position. */
  unplaced<Packet extends Uint8Array>(packets: Packet[]): Packet[] {
    for (const packet of packets) this.#add(packet);
    return packets;
  }

  /**
   * Packets of which the last ends at `granule`. On the last page, those that lie wholly behind the end are left out.
   * Null where the position runs backwards.
   */
  placed<Packet extends Uint8Array>(packets: Packet[], granule: number, last: boolean): Packet[] | null {
    const kept = this.unplaced([...packets]);
    const ahead = granule - this.total;
    if (!last) {
      if (ahead < (this.#base ?? 0)) return null;
      this.#base = ahead;
      return kept;
    }
    this.#trim = Math.max(0, (this.#base ?? Math.max(0, ahead)) - ahead);
    for (let end = kept.at(-1); end !== undefined && packetSamples(end) <= this.#trim; end = kept.at(-1)) {
      kept.pop();
      this.packetCount -= 1;
      this.total -= packetSamples(end);
      this.#trim -= packetSamples(end);
    }
    return kept.length === 0 && this.#trim > 0 ? null : kept;
  }

  samplesAfter(preSkip: number): number {
    return Math.max(0, this.total - this.#trim - preSkip);
  }

  #add(packet: Uint8Array): void {
    this.packetCount += 1;
    this.total += packetSamples(packet);
  }
}
