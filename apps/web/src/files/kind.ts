/** What reads a file is chosen by its first bytes, never by its name. */
export type FileKind = 'ogg' | 'wav' | 'other';

export function kindOf(head: Uint8Array): FileKind {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('OggS')) return 'ogg';
  return /^(RIFF|RF64)....WAVE/s.test(text) ? 'wav' : 'other';
}
