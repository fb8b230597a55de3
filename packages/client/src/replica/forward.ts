import type { MessageBody } from '@earshot/protocol/bodies.ts';
import type { LogRow, MessageContent, MessageRow } from './row.ts';

/** A message of which is known what it says. */
export type Said = Pick<MessageRow, 'id' | 'person' | 'at'> & { readonly content: MessageContent };

/**
 * The body of a message that is said on, elsewhere: the same parts under the same keys, so that nothing travels again and its hash stays.
 * Who said it first, and when, is told where that person is a member too, and in one's own notes.
 */
export function forwardedBody({ id, person, at, content }: Said, to: LogRow): MessageBody {
  const { parts, samples, preSkip, sha256, waveform, fileName, forwarded } = content;
  const first = forwarded === undefined ? { by: person, at } : forwarded.said;
  const told = first !== undefined && (to.kind === 'self' || to.members.some((member) => member.person === first.by));
  return {
    kind: 'message', parts: [...parts], samples, preSkip, sha256, waveform,
    source: { from: 'forward', message: id, name: fileName, ...(told && { said: first }) },
  };
}
