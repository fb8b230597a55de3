import { Failure } from '@earshot/protocol/failures.ts';
import type { PasskeyOptions } from '@earshot/protocol/people.ts';

/** What a ceremony gave. `secret`: what the passkey keeps for this site (PRF), by which it opens messages; null where passkey or browser keeps none. */
export interface Ceremony {
  readonly response: Record<string, unknown>;
  readonly secret: Uint8Array<ArrayBuffer> | null;
}

/** The browser's half of WebAuthn. Its code is fetched when it is first used. */
export interface Passkeys {
  /** Whether this page and browser can do it at all. */
  readonly available: boolean;
  /** Makes one; null when the person did not want to, or the device could not. */
  create(options: PasskeyOptions): Promise<Ceremony | null>;
  /** Shows one; null when the person did not want to. */
  show(options: PasskeyOptions): Promise<Ceremony | null>;
}

export interface Ceremonies {
  create(options: Record<string, unknown>): Promise<Ceremony>;
  show(options: Record<string, unknown>): Promise<Ceremony>;
}

export function createPasskeys(available: boolean, load: () => Promise<Ceremonies>): Passkeys {
  return {
    available,
    create: async ({ options }) => willing((await load()).create(options)),
    show: async ({ options }) => willing((await load()).show(options)),
  };
}

/** Browsers tell "no" and "cannot" apart by the name of an error only; both leave everything as it was. */
async function willing<T>(ceremony: Promise<T>): Promise<T | null> {
  try {
    return await ceremony;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (['NotAllowedError', 'AbortError', 'InvalidStateError', 'NotSupportedError', 'ConstraintError'].includes(error.name)) return null;
    throw new Failure('session.passkey', { reason: error.name }, { cause: error });
  }
}
