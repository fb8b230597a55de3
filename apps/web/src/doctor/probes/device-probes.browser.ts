import { OpusDecoder } from '@earshot/audio/opus-decoder.ts';
import { OpusEncoder } from '@earshot/audio/opus-encoder.ts';
import { bestOpusVariant, startOpus } from '@earshot/audio/opus-wasm.ts';
import { judgeRoom } from '@earshot/doctor/probes/device-verdict.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import type { Update } from '../../offline/update.ts';
import type { Preferences } from '../../shell/preferences.ts';
import { systemName } from '../permission-watch.browser.ts';
import { once } from './shared.ts';
import { writeAndReadBack } from './storage-trial.browser.ts';

const SYSTEM = 'doctor.system';
const RATE = 48_000;
/** The sound system says that it runs; within so long it has to have played something. Milliseconds. */
const PLAYED = 600;

export interface DeviceParts {
  readonly preferences: Preferences;
  readonly update: Update;
  readonly codec: { readonly simd: string; readonly plain: string };
}

/** The device and the app on it. */
export function deviceProbes({ preferences, update, codec }: DeviceParts): ProbeSet {
  const trial = once(writeAndReadBack);
  return {
    'storage-room': async (signal) => {
      // Some browsers tell everybody of the same room, so that nobody is known by it: that there is none shows in trying.
      if ((await trial(signal)) === 'full') return { answer: 'full', code: 'device.storage' };
      if (typeof navigator.storage?.estimate !== 'function') return { answer: 'unknown' };
      const { quota, usage } = await navigator.storage.estimate();
      if (quota === undefined || usage === undefined) return { answer: 'unknown' };
      const answer = judgeRoom(quota - usage);
      return { answer, measured: { freeBytes: quota - usage, usedBytes: usage }, code: answer === 'full' ? 'device.storage' : null };
    },
    'storage-writing': async (signal) => {
      const found = await trial(signal);
      const answer = found === 'full' ? 'refused' : found;
      return { answer, code: answer === 'works' ? null : 'device.storage' };
    },
    'storage-kept': async () => {
      if (typeof navigator.storage?.persisted !== 'function') return { answer: 'unknown' };
      return { answer: (await navigator.storage.persisted()) ? 'kept' : 'at-will' };
    },
    'app-version': async () => {
      if (update.stage.value !== 'none') return { answer: 'waiting' };
      const registration = await navigator.serviceWorker?.getRegistration();
      if (registration === undefined) return { answer: 'unknown' };
      try {
        await registration.update();
      } catch {
        // Without the server nobody can tell whether there is a newer one.
        return { answer: 'unknown' };
      }
      return { answer: registration.waiting === null && registration.installing === null ? 'current' : 'waiting' };
    },
    'offline-worker': async () => {
      if (!('serviceWorker' in navigator)) return { answer: 'unsupported' };
      const active = (await navigator.serviceWorker.getRegistration())?.active ?? null;
      return { answer: active === null ? 'none' : 'active' };
    },
    'system-change': async () => {
      const [before, now] = [preferences.read(SYSTEM), systemName()];
      preferences.write(SYSTEM, now);
      return { answer: before === null ? 'unknown' : before === now ? 'none' : 'updated' };
    },
    'browser-features': async () => {
      const missing = [typeof navigator.mediaDevices?.getUserMedia, typeof globalThis.AudioContext, typeof globalThis.WebAssembly].filter((kind) => kind === 'undefined').length;
      if (missing > 0) return { answer: 'missing', measured: { missing }, code: isSecureContext ? 'mic.unsupported' : 'mic.insecure' };
      const slower = [typeof AudioWorkletNode !== 'undefined', typeof navigator.storage?.getDirectory === 'function', 'locks' in navigator, 'serviceWorker' in navigator].filter((there) => !there).length;
      return { answer: slower > 0 ? 'slower-ways' : 'all', measured: { slower } };
    },
    encoder: async () => {
      try {
        return await tryCodec(codec);
      } catch {
        return { answer: 'broken', code: 'recorder.pipeline' };
      }
    },
    playback: tryPlayback,
  };
}

/** A second of a tone there and back: what comes out has to be as loud as what went in. */
async function tryCodec(urls: DeviceParts['codec']): Promise<{ answer: 'works' | 'slow' | 'broken'; measured: Record<string, number> }> {
  const opus = await startOpus(await fetch(urls[bestOpusVariant()]));
  const tone = Float32Array.from({ length: RATE }, (_, at) => 0.5 * Math.sin((at * 2 * Math.PI * 440) / RATE));
  const began = performance.now();
  const encoder = new OpusEncoder(opus);
  const packets = [...encoder.push(tone), ...encoder.finish().packets];
  const took = performance.now() - began;
  encoder.dispose();
  const decoder = new OpusDecoder(opus);
  const power = packets.reduce((sum, packet) => sum + decoder.decode(packet).reduce((all, sample) => all + sample * sample, 0), 0) / RATE;
  decoder.dispose();
  const timesRealTime = Math.round(1_000 / Math.max(1, took));
  const answer = power < 0.06 || power > 0.25 ? 'broken' : timesRealTime < 2 ? 'slow' : 'works';
  return { answer, measured: { timesRealTime } };
}

async function tryPlayback(): Promise<{ answer: 'runs' | 'blocked' | 'no-output' | 'broken'; code: 'play.touch' | null }> {
  if (typeof AudioContext === 'undefined') return { answer: 'broken', code: null };
  const context = new AudioContext();
  try {
    void context.resume().catch(() => undefined);
    const began = performance.now();
    while (performance.now() - began < PLAYED) {
      await new Promise((resolve) => void setTimeout(resolve, 40));
      if (context.currentTime > 0) return { answer: 'runs', code: null };
    }
    return context.state === 'suspended' ? { answer: 'blocked', code: 'play.touch' } : { answer: 'no-output', code: null };
  } finally {
    await context.close();
  }
}
