import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { App, Browser, Place, Platform, Tree } from '../knowledge/kinds.ts';

/**
 * What one visit to the Doctor has come to, as plain JSON: stored after every happening, it is taken up again after a reload,
 * also one that the Doctor asked for. Everything else follows from it and the knowledge.
 */
export interface Session {
  readonly version: 1;
  /** null until it is known which of the two trees it is; a symptom says it. */
  readonly tree: Tree | null;
  readonly app: App;
  /** null: not known, so whatever holds for any platform is considered. */
  readonly platform: Platform | null;
  readonly browser: Browser | null;
  readonly place: Place;
  readonly symptom: string | null;
  /** The failure it was opened from. */
  readonly code: FailureCode | null;
  readonly happened: readonly Happening[];
}

/** Only ever appended to. `unknown` is an answer to everything and evidence of nothing. */
export type Happening =
  | { readonly kind: 'answer'; readonly of: string; readonly answer: string }
  | { readonly kind: 'step'; readonly step: string; readonly outcome: 'done' | 'passed-over' }
  /** The answer of a probe or question put again to see whether the step before it helped. */
  | { readonly kind: 'retest'; readonly step: string; readonly of: string; readonly answer: string }
  /** Whether there is a backup that was made and read back. */
  | { readonly kind: 'backup'; readonly verified: boolean }
  /** The person says that it is not cured after all. */
  | { readonly kind: 'still-there' };

export type Setting = Pick<Session, 'app' | 'platform' | 'browser' | 'place'>;

export const unknown = 'unknown';

export function openSession(setting: Setting, known: Partial<Pick<Session, 'tree' | 'symptom' | 'code'>> = {}): Session {
  return { version: 1, tree: null, symptom: null, code: null, ...setting, ...known, happened: [] };
}

export function happened(session: Session, ...more: readonly Happening[]): Session {
  return { ...session, happened: [...session.happened, ...more] };
}

/** Whether a step was done or passed over: either way it is not offered again. */
export function stepsBehind(session: Session): ReadonlySet<string> {
  return new Set(session.happened.flatMap((each) => (each.kind === 'step' ? [each.step] : [])));
}

/** How the question of a backup was last answered; null when it was not asked. */
export function backupVerified(session: Session): boolean | null {
  return session.happened.findLast((each) => each.kind === 'backup')?.verified ?? null;
}
