/** What a file is, by its first bytes. Names of files say what somebody believed. */
export type SoundKind = 'ogg' | 'wav' | 'other-audio' | 'unknown';

/** So many bytes are enough to tell. */
export const SNIFF_BYTES = 16;

const marks: readonly (readonly [kind: SoundKind, at: number, mark: string])[] = [
  ['ogg', 0, 'OggS'],
  ['wav', 0, 'RIFF'], ['wav', 0, 'RF64'], ['wav', 0, 'RIFX'], ['wav', 0, 'BW64'],
  ['other-audio', 0, 'ID3'], ['other-audio', 0, 'fLaC'], ['other-audio', 4, 'ftyp'], ['other-audio', 0, '\x1aE\xdf\xa3'],
  ['other-audio', 0, 'FORM'], ['other-audio', 0, 'caff'], ['other-audio', 0, '#!AMR'], ['other-audio', 0, '.snd'],
  ['other-audio', 0, 'MAC '], ['other-audio', 0, 'wvpk'], ['other-audio', 0, '0&\xb2u'], ['other-audio', 0, 'ADIF'],
];

export function sniff(head: Uint8Array): SoundKind {
  const text = String.fromCharCode(...head.subarray(0, SNIFF_BYTES));
  const kind = marks.find(([, at, mark]) => text.startsWith(mark, at))?.[0];
  // A RIFF file may hold pictures or video as well.
  if (kind === 'wav' && text.length >= 12 && text.slice(8, 12) !== 'WAVE') return 'other-audio';
  return kind ?? (isMpegFrame(head) ? 'other-audio' : 'unknown');
}

/** The eleven set bits that begin a frame of MP3 or of AAC in ADTS; text never has them. */
function isMpegFrame(head: Uint8Array): boolean {
  return head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0 && head[1] !== 0xff;
}
