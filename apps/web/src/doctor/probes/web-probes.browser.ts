import type { Id } from '@earshot/base/ids.ts';
import { fetchTransport } from '@earshot/client/transports/fetch-transport.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { openRecorder } from '@earshot/recorder/recorder.browser.ts';
import type { App } from '../../shell/app.ts';
import { build } from '../../shell/assets.ts';
import { deviceProbes } from './device-probes.browser.ts';
import { messageProbes } from './message-probes.ts';
import { microphoneProbes } from './microphone-probes.browser.ts';
import { type SoundParts, takeSound } from './sound-take.ts';
import { wayProbes } from './way-probes.ts';

/** Milliseconds without a byte after which a question counts as unanswered: well below the time of any probe. */
const PATIENCE = 4_000;
/** Where what is said to the Doctor lies for as long as it is tested. */
const FOLDER = 'doctor';

/** What speaking to the Doctor needs. */
export function soundParts({ clock, random, preferences }: Pick<App, 'clock' | 'preferences'> & Pick<SoundParts, 'random'>): SoundParts {
  return {
    clock, random,
    microphone: preferences.read('microphone') ?? undefined,
    open: () => openRecorder({ workerUrl: build.recorderWorker, workletUrl: build.captureWorklet, wasmUrls: build.codec, folder: FOLDER, whenHidden: 'record' }),
  };
}

export type WebProbeParts = Pick<App, 'earshot' | 'clock' | 'preferences' | 'update' | 'recording' | 'waking'> & Pick<SoundParts, 'random'>;

/** Everything that this page can find out by itself. Made anew for each look: what was seen before is not seen again. */
export function createWebProbes(parts: WebProbeParts, conversation: Id | null): ProbeSet {
  const { earshot, clock, preferences, update, recording, waking } = parts;
  const transport = fetchTransport({ server: location.origin, headers: { 'earshot-client': 'browser' }, socketHeaders: false, stallTimeout: PATIENCE });
  return {
    ...microphoneProbes({ preferences, busy: () => recording.busy.value, take: (seconds, signal) => takeSound(soundParts(parts), seconds, signal) }),
    ...deviceProbes({ preferences, update, codec: build.codec }),
    ...wayProbes({ transport, clock, preferences, offline: () => !navigator.onLine }),
    ...messageProbes({ earshot, conversation, waking: () => waking.state.value }),
  };
}
