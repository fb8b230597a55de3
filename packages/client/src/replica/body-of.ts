import type { MessageBody } from '@earshot/protocol/bodies.ts';
import type { MessageContent } from './row.ts';

/** The body that `contentOf` reads it from. */
export function bodyOf({ parts, samples, preSkip, sha256, waveform, fileName, forwarded }: MessageContent): MessageBody {
  const plain = fileName === null ? ({ from: 'microphone' } as const) : ({ from: 'file', name: fileName } as const);
  return { kind: 'message', parts: [...parts], samples, preSkip, sha256, waveform, source: forwarded === undefined ? plain : { from: 'forward', name: fileName, ...forwarded } };
}
