import { Failure } from '@earshot/protocol/failures.ts';
import type { PasskeyOptions } from '@earshot/protocol/people.ts';

/** The browser's half of WebAuthn. Its code is fetched when it is first used. */
export interface Passkeys {
  /** Whether this page and browser can do it at all. */
  readonly available: boolean;
  /** Makes one; null when the person did not want to, or the device could not. */
  create(options: PasskeyOptions): Promise<Record<string, unknown> | null>;
  /** Shows one; null when the person did not want to. */
  show(options: PasskeyOptions): Promise<Record<string, unknown> | null>;
}

export interface Ceremonies {
  create(options: Record<string, unknown>): Promise<Record<string, unknown>>;
  show(options: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export function createPasskeys(available: boolean, load: () => Promise<Ceremonies>): Passkeys {
  return {
    available,
    create: async ({ options }) => willing((await load()).create(options)),
    show: async ({ options }) => willing((await load()).show(options)),
  };
}

/** Browsers tell "no" and "cannot" apart by the name of an error only; both leave everything as it was. */
async function willing(ceremony: Promise<Record<string, unknown>>): Promise<Record<string, unknown> | null> {
  try {
    return await ceremony;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (['NotAllowedError', 'AbortError', 'InvalidStateError', 'NotSupportedError', 'ConstraintError'].includes(error.name)) return null;
    throw new Failure('session.passkey', { reason: error.name }, { cause: error });
  }
}
