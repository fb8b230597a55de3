import type { SendDetails } from '@earshot/client/earshot.ts';

/** Sound on its way to be sent: Opus packets of 20 ms as they come, and what is known when the last one came. */
export interface SoundSource {
  /** In order, some at a time. Throws `audio.*`; then what came before is not to be sent either. */
  packets(): AsyncGenerator<readonly Uint8Array[], void, undefined>;
  /** Call it after the last packet. */
  details(): Pick<SendDetails, 'samples' | 'preSkip' | 'waveform'>;
  /** Seconds in all where the file says so beforehand; null for a stream. */
  readonly seconds: number | null;
}
