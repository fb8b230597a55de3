import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant } from '@earshot/protocol/keys.ts';
import type { Refusal } from './membership.ts';

/**
 * Why something about ephemeral chains may not be. What the seeds open, and whether a chain ever began, the server cannot know: it looks at the shape, so
 * that seeds come where they are looked for and nowhere else.
 */
export function ephemeralTrouble({ class: kind, blobs, refers, expiry, ephemeral }: Envelope, deviceGrants: readonly DeviceGrant[]): Refusal | null {
  const invalid = (field: string): Refusal => ({ code: 'request.invalid', evidence: { field } });
  if (ephemeral !== undefined && expiry === 'never') return invalid('envelope.ephemeral');
  if (kind !== 'chain') return deviceGrants.length > 0 ? invalid('deviceGrants') : null;
  if (blobs.length > 0) return invalid('envelope.blobs');
  if (refers.length > 0) return invalid('envelope.refers');
  return new Set(deviceGrants.map(({ device }) => device)).size < deviceGrants.length ? invalid('deviceGrants') : null;
}
