import { AudioError, type AudioRefusal } from '@earshot/audio/audio-error.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';

const codes: Readonly<Record<AudioRefusal, FailureCode>> = {
  empty: 'audio.empty',
  'not-audio': 'audio.not-audio',
  unsupported: 'audio.unsupported',
  damaged: 'audio.damaged',
  torn: 'audio.torn',
  'too-large': 'audio.damaged',
};

/** The failure that stands for a refusal of the audio room; anything else stays what it is. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof AudioError)) return error;
  // A file with a header and no sound is not an empty file to the person who chose it.
  const code = error.reason === 'empty' && error.detail !== 'no-bytes' ? 'audio.not-audio' : codes[error.reason];
  return new Failure(code, { ...error.evidence, detail: error.detail }, { cause: error });
}
