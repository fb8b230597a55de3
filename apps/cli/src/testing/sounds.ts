import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { align, windowScores } from '@earshot/audio/testing/correlate.ts';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { resampleAll } from '@earshot/audio/resample.ts';
import { decodePackets } from '@earshot/audio/transcode.ts';
import { readWav } from '@earshot/audio/wav.ts';

/** A public recording of a human voice: 7.1 s at 16 kHz, from Debian's pocketsphinx-testdata. */
export const voice = '/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0870.wav';

/** Runs an audio tool; returns what it printed. */
export function tool(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The voice in another format, which the ending of `name` says. */
export function voiceAs(folder: string, name: string, ...options: readonly string[]): string {
  const path = join(folder, name);
  tool('ffmpeg', '-loglevel', 'error', '-y', '-i', voice, ...options, path);
  return path;
}

/** The voice at 48 kHz. */
export function spoken(): Float32Array {
  const { mono, format } = readWav(readFileSync(voice));
  return resampleAll(mono, format.sampleRate);
}

/** The sound of an Ogg Opus file at 48 kHz. */
export async function heardFrom(ogg: Uint8Array): Promise<Float32Array> {
  return decodePackets(await startOpusFromPackage(), readOggOpus(ogg));
}

/** How well one recording is the other: overall, in its worst tenth of loud half seconds, and by how much it is late (samples at 48 kHz). */
export function likeness(original: Float32Array, candidate: Float32Array): { score: number; worst: number; lag: number } {
  const { lag, score } = align(original, candidate, { maxLag: 9_600 });
  const scores = windowScores(original, candidate, lag, 24_000).map((window) => window.score);
  return { lag, score, worst: Math.min(...scores) };
}
