import type { Id } from '@earshot/base/ids.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant } from '@earshot/protocol/keys.ts';
import type { Refusal } from './membership.ts';

/**
 * Why something about ephemeral chains may not be. What the seeds open, and whether a chain ever began, the server cannot know: it looks at the shape, so
 * that seeds come where they are looked for and nowhere else; and at their prekeys: one that another has followed is erased where it was looked for last.
 */
export function ephemeralTrouble({ class: kind, blobs, refers, expiry, ephemeral }: Envelope, deviceGrants: readonly DeviceGrant[], prekeys: ReadonlyMap<Id, number>): Refusal | null {
  const invalid = (field: string): Refusal => ({ code: 'request.invalid', evidence: { field } });
  if (ephemeral !== undefined && expiry === 'never') return invalid('envelope.ephemeral');
  if (kind !== 'chain') return deviceGrants.length > 0 ? invalid('deviceGrants') : null;
  if (blobs.length > 0) return invalid('envelope.blobs');
  if (refers.length > 0) return invalid('envelope.refers');
  if (new Set(deviceGrants.map(({ device }) => device)).size < deviceGrants.length) return invalid('deviceGrants');
  const old = deviceGrants.find(({ device, prekey }) => prekey < (prekeys.get(device) ?? 0));
  return old === undefined ? null : { code: 'key.behind', evidence: { device: old.device, prekey: old.prekey } };
}
