/** How long recording can go on before the disk is full. */
export interface Room {
  /** Seconds, the headroom not counted; null where the platform does not say. Never rejects. */
  secondsLeft(): Promise<number | null>;
}

/**
 * What is never recorded into, in bytes: the last flush, a decision, edits, and what other parts of the app write meanwhile must still
 * fit when the recording pauses for want of room.
 */
export const HEADROOM = 1_048_576;
/** 24 kbit/s, and what the journal adds to each packet. */
const BYTES_PER_SECOND = 3_600;

export function secondsOf(free: number): number {
  return (free - HEADROOM) / BYTES_PER_SECOND;
}

/** For platforms that do not tell, and for tests. */
export const unknownRoom: Room = { secondsLeft: async () => null };
