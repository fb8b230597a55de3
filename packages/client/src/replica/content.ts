import type { MessageBody } from '@earshot/protocol/bodies.ts';
import type { MessageContent } from './row.ts';

export function contentOf({ parts, samples, preSkip, sha256, waveform, source }: MessageBody): MessageContent {
  const fileName = source.from === 'microphone' ? null : source.name;
  const forwarded = source.from === 'forward' ? { message: source.message, ...(source.said && { said: source.said }) } : null;
  return { parts, samples, preSkip, sha256, waveform, fileName, ...(forwarded && { forwarded }) };
}

/** What the message said, as it was said. */
export function bodyOf({ parts, samples, preSkip, sha256, waveform, fileName, forwarded }: MessageContent): MessageBody {
  const spoken = fileName === null ? ({ from: 'microphone' } as const) : ({ from: 'file', name: fileName } as const);
  return { kind: 'message', parts: [...parts], samples, preSkip, sha256, waveform, source: forwarded ? { from: 'forward', ...forwarded, name: fileName } : spoken };
}
