import type { Random } from '@earshot/base/random.ts';

/** What the corpus does to sound: levels, rooms, joins. Everything at 48 kHz. */

export const RATE = 48_000;
const FRAME = 960;

export type Sound = Float32Array<ArrayBuffer>;

export function amplitude(decibels: number): number {
  return 10 ** (decibels / 20);
}

/** The level of speech without its pauses: RMS of the frames within 25 dB of the loudest. dBFS. */
export function speechLevel(sound: Sound): number {
  const squares: number[] = [];
  for (let at = 0; at + FRAME <= sound.length; at += FRAME) squares.push(meanSquare(sound.subarray(at, at + FRAME)));
  const loudest = Math.max(...squares);
  const active = squares.filter((square) => square > loudest / 316);
  return 10 * Math.log10(active.reduce((sum, square) => sum + square, 0) / active.length);
}

export function meanSquare(sound: Float32Array): number {
  return sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length;
}

/** With its speech at a level, in dBFS. */
export function atLevel(sound: Sound, decibels: number): Sound {
  return scaled(sound, amplitude(decibels - speechLevel(sound)));
}

export function scaled(sound: Sound, factor: number): Sound {
  return sound.map((sample) => sample * factor);
}

export function joined(sounds: readonly Sound[]): Sound {
  const whole = new Float32Array(sounds.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const sound of sounds) {
    whole.set(sound, at);
    at += sound.length;
  }
  return whole;
}

export function silence(seconds: number): Sound {
  return new Float32Array(Math.round(seconds * RATE));
}

/** Fades both ends over 10 ms, so that a join is no click. */
export function softened(sound: Sound): Sound {
  const fade = Math.min(480, sound.length >> 1);
  return sound.map((sample, at) => sample * Math.min(1, at / fade, (sound.length - 1 - at) / fade));
}

export function mixed(sound: Sound, other: Sound): Sound {
  return sound.map((sample, at) => sample + (other[at] ?? 0));
}

/** A room without anybody: hiss, a rumble that comes and goes, and mains hum. The level is its RMS in dBFS. */
export function room(samples: number, decibels: number, random: Random): Sound {
  const noise = new Float32Array(samples);
  const hum = 2 * Math.PI * (random.fraction() < 0.5 ? 50 : 60);
  let brown = 0;
  for (let at = 0; at < samples; at += 1) {
    const white = random.fraction() + random.fraction() + random.fraction() - 1.5;
    brown = 0.995 * brown + 0.05 * white;
    noise[at] = white * 0.5 + brown * (1 + 0.3 * Math.sin(at / 31_000)) + 0.1 * Math.sin((hum * at) / RATE);
  }
  return scaled(noise, amplitude(decibels) / Math.sqrt(meanSquare(noise)));
}

/** As a converter of 16 bits gives it. */
export function in16Bits(sound: Sound): Sound {
  return sound.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))) / 32_768);
}

/** Without what lies above a frequency in Hz: 70 dB down 600 Hz above it. Of the result, every `step`th sample. */
export function lowPassed(sound: Sound, hertz: number, step = 1): Sound {
  const half = 120;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, tap) => {
    const at = tap - half;
    const sinc = at === 0 ? (2 * hertz) / RATE : Math.sin((2 * Math.PI * hertz * at) / RATE) / (Math.PI * at);
    const turn = (2 * Math.PI * tap) / (2 * half);
    return sinc * (0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  });
  const padded = new Float64Array(sound.length + 2 * half);
  padded.set(sound, half);
  const result = new Float32Array(Math.floor(sound.length / step));
  for (let number = 0, at = half; number < result.length; number += 1, at += step) {
    let sum = (padded[at] as number) * (taps[half] as number);
    // The filter is the same to both sides.
    for (let far = 1; far <= half; far += 1) sum += ((padded[at - far] as number) + (padded[at + far] as number)) * (taps[half + far] as number);
    result[number] = sum;
  }
  return result;
}
