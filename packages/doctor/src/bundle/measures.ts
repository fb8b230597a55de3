/**
 * Every number that a probe may tell in a support bundle, by its name. What is not in this list is left out: a number can name a
 * person as well as a word can, so each is here because somebody thought about it.
 */
export const measures = [
  // Room, in bytes
  'freeBytes', 'usedBytes',
  // The link
  'upBitsPerSecond', 'downBitsPerSecond', 'beforeBitsPerSecond', 'nowBitsPerSecond', 'roundTripMs', 'milliseconds', 'asked', 'late', 'lost', 'status', 'addresses',
  // Clocks and certificates
  'aheadSeconds', 'behindSeconds', 'daysLeft', 'hours',
  // Sound
  'peakDecibels', 'levelDecibels', 'noiseDecibels', 'clippedShare', 'sampleRate', 'timesRealTime', 'seconds', 'loudestDb', 'voiceSeconds', 'packetsKept', 'packetsReadBack', 'microphones',
  // What is counted
  'waiting', 'refused', 'stuck', 'losses', 'missing', 'slower', 'incidents', 'mostUsedPercent',
] as const;

export type Measure = (typeof measures)[number];
