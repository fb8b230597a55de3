import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OpusDecoder } from '@earshot/audio/opus-decoder.ts';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { align, windowScores } from '@earshot/audio/testing/correlate.ts';
import { readWav } from '@earshot/audio/wav.ts';
import { readFile } from 'node:fs/promises';

const run = promisify(execFile);
/** Public recordings of people (Debian's pocketsphinx-testdata). */
const SPEECH = '/usr/share/pocketsphinx/test/data';

export interface Voice {
  readonly path: string;
  /** 48 kHz. */
  readonly mono: Float32Array<ArrayBuffer>;
}

/** A recording as a microphone's WAV: 48 kHz, with `lead` seconds of near silence before it, quietened so that nothing clips. */
export async function humanVoice(folder: string, title: string, names: readonly string[], lead: number): Promise<Voice> {
  const path = join(folder, `${title}.wav`);
  const sources = names.map((name) => join(SPEECH, name));
  await run('sox', [...sources, '-r', '48000', '-b', '16', '-c', '1', path, 'gain', '-6', 'pad', String(lead), '0.5']);
  return { path, mono: readWav(await readFile(path)).mono };
}

/** What a listener would hear of these packets. */
export async function hear(packets: readonly Uint8Array[], preSkip: number): Promise<Float32Array<ArrayBuffer>> {
  const decoder = new OpusDecoder(await startOpusFromPackage());
  const sound = new Float32Array(packets.length * 960);
  packets.forEach((packet, index) => sound.set(decoder.decode(packet), index * 960));
  decoder.dispose();
  return sound.subarray(preSkip);
}

const WINDOW = 9_600;

export interface Likeness {
  /** 48 kHz samples by which the voice comes later in what was heard. */
  readonly lag: number;
  /** Over all of the common part. */
  readonly score: number;
  /** Of the 200 ms windows of the first argument that are not silent. */
  readonly first: number;
  readonly last: number;
  readonly worst: number;
  readonly median: number;
}

/** How much of what was spoken is in what was heard, window by window. */
export function compare(spoken: Float32Array, heard: Float32Array): Likeness {
  const { lag, score } = align(spoken, heard);
  const scores = windowScores(spoken, heard, lag, WINDOW).map((window) => window.score);
  return { lag, score, ...shareOf(scores) };
}

function shareOf(scores: readonly number[]): Omit<Likeness, 'lag' | 'score'> {
  const sorted = scores.toSorted((one, other) => one - other);
  const at = (index: number): number => sorted[index] ?? 0;
  return { first: scores[0] ?? 0, last: scores.at(-1) ?? 0, worst: at(0), median: at(Math.floor(sorted.length / 2)) };
}

/** Samples by which a window may lie elsewhere than its neighbour: what a sound system slips that was kept waiting. */
const SLIP = 2_400;

export interface Followed extends Omit<Likeness, 'lag' | 'score'> {
  /** Samples by which windows follow one another too soon, summed up: that much is missing between them. */
  readonly missing: number;
}

/** As `compare`, but finds every window by itself near its neighbour: for a microphone that hears in real time, on a machine that may be busy. */
export function follow(spoken: Float32Array, heard: Float32Array): Followed {
  let { lag } = align(spoken, heard);
  let missing = 0;
  const scores = windowScores(spoken, heard, lag, WINDOW).map(({ start, score }) => {
    const window = spoken.subarray(start, start + WINDOW);
    const from = Math.max(0, start + lag - SLIP);
    const near = heard.subarray(from, Math.max(from, start + lag + WINDOW + SLIP));
    const found = align(window, near, { minOverlap: 1 });
    if (found.score < score + 0.05) return score;
    const here = from + found.lag - start;
    missing += Math.max(0, lag - here);
    lag = here;
    return found.score;
  });
  return { ...shareOf(scores), missing };
}

/** 48 kHz samples (50 ms) that a busy sound system may have swallowed before the browser got them. */
const MISSING = 2_400;

export interface Heard {
  readonly packets: readonly Uint8Array[];
  readonly preSkip: number;
}

/**
 * All that was spoken, up to the stillness behind it, is heard. A window of another voice scores near 0, and so does one that is
 * missing; a hissed "s" at the end scores lowest of what is there.
 */
export async function assertWhole({ mono }: Voice, { packets, preSkip }: Heard): Promise<void> {
  const followed = follow(mono.subarray(0, -24_000), await hear(packets, preSkip));
  const { median, first, last, worst, missing } = followed;
  assert.ok(median > 0.9 && first > 0.3 && last > 0.3 && worst > 0.25 && missing < MISSING, JSON.stringify(followed));
}
