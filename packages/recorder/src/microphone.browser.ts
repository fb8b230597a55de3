import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Microphone } from './recorder.ts';

/**
 * One voice, as it is. Nothing is played while recording, so there is no echo to cancel, and asking for it puts phones and
 * Bluetooth headsets into the narrow sound of calls. Noise suppression takes the first syllables for noise until it has learnt
 * (measured in Chromium: none of the first 200 ms was left). Gain control keeps quiet speakers audible and changes nothing else,
 * but in Firefox, where it bends the voice (docs/decisions/0009-gain-control-only.md); nothing but the name tells, so the name is asked.
 */
function constraints(device: string | undefined): MediaStreamConstraints {
  const autoGainControl = !navigator.userAgent.includes('Firefox/');
  const voice = { channelCount: { ideal: 1 }, sampleRate: { ideal: 48_000 }, echoCancellation: false, noiseSuppression: false, autoGainControl };
  return { audio: device === undefined ? voice : { ...voice, deviceId: { exact: device } } };
}

/** Throws what stands in the way before anybody is asked anything. */
export function requireRecording(): void {
  if (!isSecureContext) throw new Failure('mic.insecure', { origin: location.origin });
  const missing = [
    ['getUserMedia', typeof navigator.mediaDevices?.getUserMedia],
    ['AudioContext', typeof globalThis.AudioContext],
    ['WebAssembly', typeof globalThis.WebAssembly],
  ].find(([, kind]) => kind === 'undefined');
  if (missing !== undefined) throw new Failure('mic.unsupported', { missing: String(missing[0]) });
}

/** The name under which browsers keep the permission; not all of them know it. */
export async function microphonePermission(): Promise<'granted' | 'denied' | 'prompt' | 'unknown'> {
  try {
    const status = await navigator.permissions.query({ name: 'microphone' });
    return status.state;
  } catch {
    return 'unknown';
  }
}

export async function listMicrophones(): Promise<Microphone[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter((device) => device.kind === 'audioinput').map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** An open microphone. Throws `mic.*`. A device that is chosen and gone is `mic.none`: another one is never taken in silence. */
export async function openMicrophone(device: string | undefined): Promise<MediaStream> {
  requireRecording();
  try {
    return await navigator.mediaDevices.getUserMedia(constraints(device));
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    throw new Failure(await codeOf(name), { error: name, chosen: device !== undefined }, { cause: error });
  }
}

async function codeOf(name: string): Promise<FailureCode> {
  switch (name) {
    // Browsers say the same for "never" and for "not now"; what is remembered tells them apart.
    case 'NotAllowedError':
      return (await microphonePermission()) === 'prompt' ? 'mic.dismissed' : 'mic.denied';
    case 'SecurityError':
      return 'mic.denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'mic.none';
    case 'NotReadableError':
    case 'AbortError':
      return 'mic.busy';
    default:
      return 'mic.unsupported';
  }
}
