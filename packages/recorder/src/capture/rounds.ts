import { TRACK_SAMPLES } from './capture-messages.ts';

/** Samples in a millisecond. */
const PER_MS = 48;
/** Milliseconds after which a read has waited for its sound, and did not find it there. */
const WAITED = 0.3;
/** Milliseconds by which sound may be late without costing another wake-up. */
const LATE = 2;
/** Rounds, 4 s: as often the queue is read until it is empty, so that a microphone that is quicker than our clock leaves nothing in it. */
const EMPTIED_EVERY = 100;

/** Time, for whoever reads in rounds. */
export interface Pace {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Resolves when the clock says this, or at once where it is past that. */
  until(time: number): Promise<void>;
}

/**
 * Reads sound as it comes and hands it over in rounds of 40 ms. A browser gives 10 ms at a time, and every piece that is waited for
 * wakes a thread up, which costs more than all that is done with it then. So nobody waits: the pieces gather in the browser's own queue
 * until a round should be there. When that is, is known from the reads that had to wait after all, and from those that did not.
 *
 * `read` resolves to samples at 48 kHz, or to null when there will be no more; `take` gets a buffer that is used again.
 */
export async function readInRounds(read: () => Promise<Float32Array | null>, take: (round: Float32Array) => void, { now, until }: Pace): Promise<void> {
  const round = new Float32Array(TRACK_SAMPLES);
  let [filled, count, rounds] = [0, 0, 0];
  /** When sample 0 came, by the pieces that came after it. */
  let origin = Number.POSITIVE_INFINITY;
  for (;;) {
    const asked = now();
    const samples = await read();
    if (samples === null) return;
    if (samples.length === 0) continue;
    count += samples.length;
    const came = now() - count / PER_MS;
    origin = now() - asked > WAITED ? came : Math.min(origin, came);
    const before = rounds;
    for (let at = 0; at < samples.length;) {
      const piece = samples.subarray(at, at + TRACK_SAMPLES - filled);
      round.set(piece, filled);
      at += piece.length;
      filled = (filled + piece.length) % TRACK_SAMPLES;
      if (filled > 0) continue;
      take(round);
      rounds += 1;
    }
    if (rounds > before && rounds % EMPTIED_EVERY !== 0) await until(origin + (count + whole(TRACK_SAMPLES - filled, samples.length)) / PER_MS + LATE);
  }
}

/** So many samples come with the last of the pieces that hold them. */
function whole(count: number, piece: number): number {
  return Math.ceil(count / piece) * piece;
}
