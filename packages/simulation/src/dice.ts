import type { Random } from '@earshot/base/random.ts';

/** Chance by seed. Every part of the world throws dice of its own, so that one part's throws do not shift another's. */
export interface Dice extends Random {
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** A number from `low` up to `high`. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
}

/** The dice of one part (`stream`) of the world of a seed. */
export function diceOf(seed: number, stream: string): Dice {
  const next = generator(`${seed} ${stream}`);
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    fraction: next,
    bytes: (length) => bytesOf(next, length),
    chance: (p) => next() < p,
    int,
    between: (low, high) => low + next() * (high - low),
    pick: <T>(list: readonly T[]): T => {
      const one = list[int(0, list.length - 1)];
      if (one === undefined) throw new Error('assertion: nothing to pick from');
      return one;
    },
  };
}

/** Four to a throw: nearly all of what a world throws are bytes. */
function bytesOf(next: () => number, length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = next() * 4294967296;
  return new Uint8Array(words.buffer, 0, length);
}

/**
 * xoshiro128**, seeded from a text. 128 bits of state, because ids are made from it: with 32 bits two devices of one world would
 * now and then walk through the same stretch of numbers, and make the same ids.
 */
function generator(text: string): () => number {
  const state = Uint32Array.from([1, 2, 3, 4], (salt) => mixed(text, salt));
  return () => {
    const a = state[0] ?? 0;
    const b = state[1] ?? 0;
    const c1 = (state[2] ?? 0) ^ a;
    const d1 = (state[3] ?? 0) ^ b;
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    state[0] = a ^ d1;
    state[1] = b ^ c1;
    state[2] = c1 ^ (b << 9);
    state[3] = rotated(d1, 11);
    return result / 4294967296;
  };
}

function rotated(value: number, by: number): number {
  return ((value << by) | (value >>> (32 - by))) >>> 0;
}

/** FNV-1a with a final mix; never 0, which the generator could not leave. */
function mixed(text: string, salt: number): number {
  let hash = (0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) || salt;
}
