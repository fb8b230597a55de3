import type { Gap } from './gap.ts';
import { gapsOf } from './silences.ts';

/** Enough to tell a voice from a room, and an hour fits into 115 MB while it is looked at. */
const RATE = 8_000;
/** Longer messages are played as they are. Seconds. */
const LONGEST = 3_600;

/** The browser decodes beside the page. What it cannot decode is played as it is: the player says by itself what it cannot play. */
export async function findSilences(file: Uint8Array<ArrayBuffer>, seconds: number): Promise<readonly Gap[]> {
  if (seconds > LONGEST) return [];
  // A copy: decoding takes its buffer away.
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(file.slice().buffer);
  return gapsOf(sound.getChannelData(0), sound.sampleRate);
}
