import { Failure } from '@earshot/protocol/failures.ts';
import { isFull } from '../status/vitals.ts';
import { storageFailure } from '../store/sqlite-commit.node.ts';
import { openingFailure } from '../store/sqlite.node.ts';

/** What the machine refuses while something is written beside the data, in our codes; our own mistakes go on as what they are. */
export function folderFailure(error: unknown, path: string): unknown {
  const known = storageFailure(error);
  if (isFull(known)) return new Failure('server.storage', { path }, { cause: error });
  return error instanceof Error && ('errno' in error || 'errcode' in error) ? openingFailure(known, path) : error;
}
