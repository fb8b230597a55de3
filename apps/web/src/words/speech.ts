import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Catalogue } from './en.ts';

/** Everything that is said in one language. */
export interface Speech {
  readonly catalogue: Catalogue;
  readonly failures: Readonly<Record<FailureCode, { readonly cause: string; readonly next: string }>>;
}
