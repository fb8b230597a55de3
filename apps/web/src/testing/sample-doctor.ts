import { aborted } from '@earshot/base/aborted.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { DoctorPorts } from '../doctor/ports.ts';
import { wave } from './sample-data.ts';

/** A device on which everything is well but the microphone, which is silent; or another fault, named by the query. */
export function createSampleDoctor(fault: string | null): DoctorPorts {
  const sick: ProbeSet = fault === 'filtered'
    ? { uploads: async () => ({ answer: 'stopped-by-size', code: 'network.filtered' }), throughput: async () => ({ answer: 'live', measured: { upBitsPerSecond: 1_400_000, downBitsPerSecond: 5_200_000 } }) }
    : { 'microphone-sound': async () => ({ answer: 'silent', code: 'mic.silent', measured: { loudestDb: -60, voiceSeconds: 0 } }), 'microphone-in-use': async () => ({ answer: 'wireless', label: 'Soundcore Life (Bluetooth)' }) };
  const well: ProbeSet = {
    'microphone-permission': async () => ({ answer: 'granted' }), microphones: async () => ({ answer: 'several', measured: { microphones: 2 } }), encoder: async () => ({ answer: 'works', measured: { timesRealTime: 84 } }),
    'storage-room': async () => ({ answer: 'enough', measured: { freeBytes: 42_000_000_000, usedBytes: 120_000_000 } }), 'server-reach': async () => ({ answer: 'answers' }), uploads: async () => ({ answer: 'pass' }),
    'sign-in': async () => ({ answer: 'signed-in' }), clock: async () => ({ answer: 'right', measured: { aheadSeconds: 1 } }), 'storage-kept': async () => ({ answer: 'at-will' }),
    throughput: async () => ({ answer: 'live', measured: { upBitsPerSecond: 1_400_000, downBitsPerSecond: 5_200_000 } }),
  };
  return {
    knowledge: async () => (await (await fetch('/knowledge.json')).json()) as Knowledge,
    probes: () => ({ ...well, ...sick }),
    takeSound: async (_seconds, signal, progress) => {
      progress.begun();
      progress.peaks(Uint8Array.of(170));
      await aborted(signal);
      return { codes: fault === 'silent' ? ['mic.silent'] : [], kept: 200, readBack: 200, peaks: fault === 'silent' ? new Uint8Array(200) : wave(7, 200), file: new Uint8Array(1), microphone: 'Built-in Microphone', stage: null };
    },
    speaker: {
      load: () => Promise.reject(new Failure('play.unsupported')), play: async () => undefined, pause: () => undefined, seek: () => undefined, speed: () => undefined,
      position: 0, length: 4, played: [], unload: () => undefined, on: () => () => undefined,
    },
    tone: async () => undefined,
    setting: { app: 'earshot', place: 'web', platform: 'android', browser: 'chrome' },
    runtime: '130',
    changed: () => () => undefined,
    reload: () => undefined,
  };
}
