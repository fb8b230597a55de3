import type { MessageBody } from '@earshot/protocol/bodies.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { MessageContent, MessageRow } from './row.ts';

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

/** What the message says. Throws why that is not known here; what was brought back says it anew as soon as the server answers. */
export function contentIn({ content, failure }: Pick<MessageRow, 'content' | 'failure'>): MessageContent {
  if (content === null) throw new Failure(failure?.code ?? 'network.unreachable', failure?.evidence ?? {});
  return content;
}
