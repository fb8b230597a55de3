import { judgeMicrophone } from '@earshot/doctor/probes/device-verdict.ts';
import { judgeHistory } from '@earshot/doctor/probes/permission-history.ts';
import type { Finding, ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { judgeSound, judgeStages, loudest, voicePackets } from '@earshot/doctor/probes/sound-verdict.ts';
import type { Preferences } from '../../shell/preferences.ts';
import { permissionNow, readHistory } from '../permission-watch.browser.ts';
import { once } from './shared.ts';
import type { SoundTake } from './sound-take.ts';

/** Seconds of sound that tell a dead microphone from a quiet room: digital silence is named after one and a half. */
const LISTEN = 2.5;
const USED = 'doctor.microphone';

export interface MicrophoneParts {
  readonly preferences: Preferences;
  /** Speaks into the recorder for so many seconds. */
  readonly take: (seconds: number, signal: AbortSignal) => Promise<SoundTake>;
  /** Something is being recorded: the microphone is left alone. */
  readonly busy: () => boolean;
}

/** Between a mouth and the disk. The microphone is opened only where that asks nobody anything. */
export function microphoneProbes({ preferences, take, busy }: MicrophoneParts): ProbeSet {
  const sound = once(async (signal): Promise<SoundTake | null> => {
    const permission = await permissionSeen();
    const silent = permission.answer === 'ask' || permission.answer === 'unknown';
    return silent || busy() ? null : take(LISTEN, signal);
  });
  return {
    'microphone-permission': permissionSeen,
    'permission-history': async () => {
      const history = readHistory(preferences);
      if (history.length === 0) return { answer: 'unknown' };
      const { answer, losses } = judgeHistory(history);
      return { answer, measured: { losses } };
    },
    microphones: async () => {
      if (typeof navigator.mediaDevices?.enumerateDevices !== 'function') return { answer: 'unknown' };
      const count = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== 'default' && deviceId !== 'communications').length;
      return { answer: count === 0 ? 'none' : count === 1 ? 'one' : 'several', measured: { microphones: count }, code: count === 0 ? 'mic.none' : null };
    },
    'microphone-in-use': async (signal) => {
      const label = (await sound(signal))?.microphone ?? null;
      if (label === null) return { answer: 'unknown' };
      const before = preferences.read(USED);
      preferences.write(USED, label);
      return { answer: judgeMicrophone(label, before), label };
    },
    'microphone-sound': async (signal) => soundFinding(await sound(signal)),
    'recording-stages': async (signal) => {
      const taken = await sound(signal);
      if (taken === null) return { answer: 'unknown' };
      const answer = judgeStages(taken, taken.stage);
      const code = taken.codes.find((one) => one.startsWith('recorder.')) ?? (answer === 'whole' || answer === 'unknown' ? null : 'recorder.pipeline');
      return { answer, code, measured: { packetsKept: taken.kept ?? 0, packetsReadBack: taken.readBack ?? 0 } };
    },
  };
}

/** What a take says of the microphone: also for the longer test, in which a person speaks. */
export function soundFinding(taken: SoundTake | null): Finding<'microphone-sound'> {
  if (taken === null) return { answer: 'unknown' };
  const answer = judgeSound(taken);
  const code = taken.codes.find((one) => one.startsWith('mic.')) ?? null;
  const measured = taken.kept === null ? {} : { seconds: taken.kept / 50, loudestDb: loudest(taken.peaks), voiceSeconds: voicePackets(taken.peaks) / 50 };
  return { answer, code: answer === 'good' || answer === 'room' ? null : code, measured, label: taken.microphone };
}

async function permissionSeen(): Promise<Finding<'microphone-permission'>> {
  if (!isSecureContext) return { answer: 'insecure', code: 'mic.insecure' };
  if (typeof navigator.mediaDevices?.getUserMedia !== 'function') return { answer: 'unsupported', code: 'mic.unsupported' };
  if (isForbiddenByPolicy()) return { answer: 'policy', code: 'mic.denied' };
  const state = await permissionNow();
  if (state === null) return { answer: 'unknown' };
  return { answer: state, code: state === 'denied' ? 'mic.denied' : null };
}

/** The server's headers, or a frame around the page, may forbid it before anybody is asked. Not all engines tell. */
function isForbiddenByPolicy(): boolean {
  const { featurePolicy, permissionsPolicy } = document as { featurePolicy?: Policy; permissionsPolicy?: Policy };
  return (permissionsPolicy ?? featurePolicy)?.allowsFeature('microphone') === false;
}

interface Policy {
  allowsFeature(name: string): boolean;
}
