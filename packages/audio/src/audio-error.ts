/**
 * Why a piece of audio was refused. Closed, so that whoever shows it can have a sentence for each.
 *
 * - `empty`: no bytes, or no sound in them.
 * - `not-audio`: not a format that this room reads.
 * - `unsupported`: the format is known, this variant of it is not read. `detail` names the variant.
 * - `damaged`: the bytes contradict themselves: a checksum, a lost page, a packet that does not decode.
 * - `torn`: it stops before its end.
 * - `too-large`: a single packet or header over its limit.
 */
export type AudioRefusal = 'empty' | 'not-audio' | 'unsupported' | 'damaged' | 'torn' | 'too-large';

/** What was seen, for logs and for people who look closer: counts, byte offsets, names. Never sound. */
export type AudioEvidence = Readonly<Record<string, string | number | boolean>>;

/** The world gave us audio that cannot be used as it is. `detail` is a stable word, `message` a plain sentence. */
export class AudioError extends Error {
  override readonly name = 'AudioError';
  readonly reason: AudioRefusal;
  readonly detail: string;
  readonly evidence: AudioEvidence;

  constructor(reason: AudioRefusal, detail: string, message: string, evidence: AudioEvidence = {}) {
    super(message);
    this.reason = reason;
    this.detail = detail;
    this.evidence = evidence;
  }
}
