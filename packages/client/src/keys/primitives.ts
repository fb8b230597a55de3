import type { Random } from '@earshot/base/random.ts';
import { type Kem, lazyKem } from './kem.ts';
import { platformSignatures, type Signatures } from './signatures.ts';

/** What all keys are made of, as ports. */
export interface Primitives {
  readonly random: Random;
  readonly kem: Kem;
  readonly signatures: Signatures;
}

export function primitives(random: Random): Primitives {
  return { random, kem: lazyKem(random), signatures: platformSignatures() };
}
