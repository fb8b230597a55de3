import type { MessageBody } from '@earshot/protocol/bodies.ts';
import type { MessageContent } from './row.ts';

export function contentOf({ parts, samples, preSkip, sha256, waveform, source }: MessageBody): MessageContent {
  return { parts, samples, preSkip, sha256, waveform, fileName: source.from === 'file' ? source.name : null };
}
