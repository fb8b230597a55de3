/** The closed list of failures: whatever goes wrong in Earshot is one of these; "something went wrong" does not exist. What each means, and what can be done about it, is in `failure-entries.ts`. */
export const failureCodes = [
  'invitation.unknown', 'invitation.expired', 'invitation.used', 'handle.taken', 'handle.invalid', 'password.weak', 'session.credentials',
  'session.passkey', 'recovery.wrong', 'link.expired', 'session.missing', 'session.revoked', 'session.stale', 'session.open', 'account.disabled', 'account.last-credential',
  'limit.tries', 'limit.reached', 'quota.full', 'request.invalid', 'request.version', 'request.origin', 'request.unknown', 'not-found',
  'not-allowed', 'person.unknown', 'person.ambiguous', 'conversation.closed', 'audio.empty', 'audio.not-audio', 'audio.torn', 'audio.damaged',
  'audio.unsupported', 'audio.needs-ffmpeg', 'audio.silent', 'file.unreadable',
  'backup.missing', 'backup.target', 'backup.key', 'backup.damaged', 'backup.newer', 'backup.running', 'restore.occupied', 'restore.unfinished',
  'command.usage', 'config.invalid', 'file.exists', 'file.unwritable',
  'upload.offset', 'upload.length', 'upload.checksum', 'upload.closed', 'upload.gone', 'blob.mismatch', 'blob.incomplete', 'blob.damaged',
  'server.push-off', 'network.push', 'event.conflict', 'event.unreadable', 'message.removed', 'message.missing', 'message.expired', 'message.rested', 'message.once', 'message.unsent',
  'outbox.damaged', 'expiry.refused', 'recipient.no-device',
  'recipient.away', 'recipient.storage', 'recipient.version', 'recipient.damaged', 'play.touch', 'play.unsupported', 'network.offline',
  'network.unreachable', 'network.stalled', 'network.foreign', 'network.portal', 'network.filtered', 'server.down', 'server.incident', 'server.busy',
  'server.storage', 'server.fault', 'server.data-unwritable', 'server.data-newer', 'server.data-damaged', 'server.data-in-use', 'server.data-foreign', 'server.port-taken', 'server.restored',
  'device.storage', 'device.damaged', 'device.clock', 'device.profile-locked', 'device.profile-empty',
  'mic.denied', 'mic.dismissed', 'mic.none', 'mic.busy', 'mic.insecure', 'mic.unsupported', 'mic.no-frames', 'mic.ended', 'mic.muted', 'mic.silent',
  'mic.wrong-rate', 'mic.quiet', 'mic.background', 'mic.clipping', 'mic.dropouts', 'mic.narrow-band', 'recorder.storage', 'recorder.storage-low',
  'recorder.storage-stuck', 'recorder.hidden', 'recorder.interrupted', 'recorder.elsewhere', 'recorder.pipeline',
  'key.due', 'key.behind', 'key.missing', 'key.vanished', 'chain.refused', 'device.locked', 'event.forged', 'identity.changed', 'server.misbehaves',
  'recovery.mistyped', 'passphrase.wrong', 'passphrase.missing',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

const known: ReadonlySet<string> = new Set(failureCodes);

export function isFailureCode(text: unknown): text is FailureCode {
  return typeof text === 'string' && known.has(text);
}

/** The one error type for what the world does wrong. Our own bugs are assertions instead. Its message is its code: the words are for people (`failure-entries.ts`). */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly evidence: Evidence;

  constructor(code: FailureCode, evidence: Evidence = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.evidence = evidence;
  }
}
