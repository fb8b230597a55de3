import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';

const LATE: ReadonlySet<FailureCode> = new Set<FailureCode>(['not-found', 'session.revoked', 'session.missing', 'account.disabled']);

/** Why a cursor that came over an open connection is nothing: its log was left meanwhile, or its session has just ended, which closes the connection with a code of its own. Anything else makes the device come again. */
export function isLate(error: unknown): boolean {
  return error instanceof Failure && LATE.has(error.code);
}
