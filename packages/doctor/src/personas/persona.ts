import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { App, Platform, Tree } from '../knowledge/kinds.ts';
import type { Fault } from './faults.ts';

/**
 * Somebody with a fault that only this file knows. Each is derived from rows of the inventory, and was written before anything was
 * weighed: what the Doctor is measured by must not follow from what the Doctor knows.
 */
export interface Persona {
  readonly id: string;
  /** The rows of the inventory that tell of this. */
  readonly rows: readonly number[];
  readonly tree: Tree;
  readonly app: App;
  readonly platform: Platform;
  /** The row of the symptom that she tells. */
  readonly tells: number;
  /** The failure that the app showed her, where it is Earshot. */
  readonly code: FailureCode | null;
  readonly fault: Fault;
  /** What probes and questions answer as long as the fault is there. Left out: what they answer when all is well. */
  readonly truth: Readonly<Record<string, string>>;
  /** Rows of the inventory: a step that covers one of them clears the fault. Empty: nothing she can do does. */
  readonly curedBy: readonly number[];
}

type Told = Pick<Persona, 'rows' | 'tells' | 'fault' | 'truth' | 'curedBy'> & { readonly code?: FailureCode };

/** What is true of nearly everybody, so that only the unusual is written down. Asked of something else, it has no answer. */
const ordinary: Readonly<Record<string, string>> = {
  'whose-network': 'home',
  'other-network': 'fails-there',
  'when-it-began': 'nothing',
  'other-conversation': 'fails-too',
  'other-messenger': 'works',
  'others-have-it-too': 'only-me',
  'works-without-headset': 'same',
  'keeps-switching-off': 'stays',
  'works-now': 'not-yet',
};

/** With these the microphone hears nothing, or not in this app. */
export const recordingFails = { ...ordinary, 'what-fails': 'recording' } as const;
export const sendingFails = { ...ordinary, 'what-fails': 'sending' } as const;
export const arrivingFails = { ...ordinary, 'what-fails': 'arriving' } as const;
export const playingFails = { ...ordinary, 'what-fails': 'playing' } as const;

export function person(id: string, [app, platform]: readonly [App, Platform], told: Told): Persona {
  return { id, app, platform, tree: 'not-working', code: null, ...told };
}

/** Looked everywhere in vain, unless told otherwise. */
const nowhere: Readonly<Record<string, string>> = {
  'gone-how': 'just-not-there',
  'gone-when': 'within-30-days',
  'gone-where-kept': 'never',
  'gone-bubble': 'nothing',
  'gone-search': 'not-found',
  'gone-attachments': 'not-found',
  'gone-recently-deleted': 'not-found',
  'gone-expiry': 'never',
  'gone-other-device': 'no-other',
  'gone-backup': 'none',
  'gone-sender': 'not-either',
  'gone-found-now': 'not-found',
};

export function personWhoLost(id: string, [app, platform]: readonly [App, Platform], told: Told): Persona {
  return { id, app, platform, tree: 'gone', code: null, ...told, truth: { ...nowhere, ...told.truth } };
}

/** Every third one, by a rule that was fixed before the first was written: nothing is tuned on these. */
export function heldOut({ id }: Pick<Persona, 'id'>): boolean {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash % 3 === 0;
}
