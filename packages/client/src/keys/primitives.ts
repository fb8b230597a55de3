import type { Random } from '@earshot/base/random.ts';
import { type CipherUnder, webCipherUnder } from './cipher.ts';
import { type Kem, lazyKem } from './kem.ts';
import { platformSignatures, type Signatures } from './signatures.ts';

/** What all keys are made of, as ports. */
export interface Primitives {
  readonly random: Random;
  readonly kem: Kem;
  readonly signatures: Signatures;
  /** For secrets that serve once. */
  readonly cipher: CipherUnder;
}

/** The platform's and HPKE, with the platform's cipher unless there is a quicker one. */
export function primitives(random: Random, cipher = webCipherUnder(random)): Primitives {
  return { random, kem: lazyKem(random), signatures: platformSignatures(), cipher };
}
