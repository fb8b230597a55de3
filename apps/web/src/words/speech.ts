import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Catalogue } from './en.ts';
import type { MoreCatalogue } from './more-en.ts';

/** Everything that is said in one language. */
export interface Speech {
  readonly catalogue: Catalogue;
  /** Of views that are loaded when they are first drawn. */
  readonly more: () => Promise<MoreCatalogue>;
  readonly failures: Readonly<Record<FailureCode, { readonly cause: string; readonly next: string }>>;
}
