import type { AudioError, AudioRefusal } from '@earshot/audio/audio-error.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';

const codes: Readonly<Record<AudioRefusal, FailureCode>> = {
  empty: 'audio.empty',
  'not-audio': 'audio.not-audio',
  unsupported: 'audio.unsupported',
  damaged: 'audio.damaged',
  torn: 'audio.torn',
  'too-large': 'audio.damaged',
};

/** What the audio room saw, as a code of the closed list. */
export function audioFailure(error: AudioError): Failure {
  return new Failure(codes[error.reason], { detail: error.detail, message: error.message, ...error.evidence }, { cause: error });
}
