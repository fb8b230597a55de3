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

/** The failure that stands for whatever ended a conversion: what nobody foresaw, such as too little memory, is a file that cannot be read here. */
export function refusalOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof AudioError)) return new Failure('audio.unsupported', { reason: String(error) }, { cause: error });
  // A file with a header and no sound is not an empty file to the person who chose it.
  const code = error.reason === 'empty' && error.detail !== 'no-bytes' ? 'audio.not-audio' : codes[error.reason];
  return new Failure(code, { ...error.evidence, detail: error.detail }, { cause: error });
}
