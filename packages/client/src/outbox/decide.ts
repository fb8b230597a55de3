import { isMarked, type OutboxRow } from './row.ts';

/** What is known about a row besides itself. */
export interface Facts {
  /** Who is signed in on this device; null for nobody. */
  readonly person: string | null;
  readonly device: string | null;
  /** Per part: sealed bytes that the server is known to have. */
  readonly uploaded: readonly number[];
  /** Per part: whether what is missing can travel in one request, because the upload stands where we think and little is left. */
  readonly oneRequest: readonly boolean[];
  /** Whether the server is known to answer. */
  readonly answers: boolean;
  /** A row released earlier in the same conversation is still on its way. */
  readonly behind: boolean;
  /** After a fault: when to try again. Milliseconds since 1970; 0 for now. */
  readonly until: number;
}

export type Action =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: number }
  /** Parts (by place) whose bytes have to travel. */
  | { readonly do: 'upload'; readonly parts: readonly number[] }
  /** The last bytes (of one part) and on their heels the event, which the server holds until they are there; `mark`: it is to be sealed and marked as posted meanwhile. */
  | { readonly do: 'close'; readonly part: number; readonly mark: boolean }
  /** Seal it, for the first time or anew, and mark it as posted. */
  | { readonly do: 'mark' }
  | { readonly do: 'post' }
  /** End the uploads, then forget the row. */
  | { readonly do: 'end' };

/**
 * The next step for one row. Invariants (held by `decide.test.ts`):
 * 1. Nothing is posted before the server has every byte that the event names, or the last of them are on their way in one request.
 * 2. Nothing is posted unless it is sealed for the device that is signed in and the row says so (`posted`, or is marked on the way): what the
 *    server may have is never taken for unsent.
 * 3. Only the owner's rows move, and only while she is signed in; all others stay as they are.
 * 4. Within a conversation rows are posted in the order of their release; a row set aside holds up nobody.
 * 5. Before its time nothing is tried.
 * 6. What grows is not posted, what was cancelled is not uploaded, what was acknowledged or set aside is left alone.
 * 7. Nothing is marked whose bytes the server lacks, but for the last of them, while it is known to answer: what waits for the network can be given up without a trace.
 */
export function decide(row: OutboxRow, facts: Facts, now: number): Action {
  if (row.owner !== facts.person) return { do: 'nothing' };
  switch (row.state.at) {
    case 'growing':
    case 'acknowledged':
    case 'set-aside':
      return { do: 'nothing' };
    case 'cancelled':
      return facts.until > now ? { do: 'wait', until: facts.until } : { do: 'end' };
    case 'released':
    case 'posted':
      if (facts.until > now) return { do: 'wait', until: facts.until };
      return travel(row, facts);
  }
}

function travel(row: OutboxRow, facts: Facts): Action {
  const marked = isMarked(row, facts.device);
  const missing = row.parts.flatMap((part, at) => ((facts.uploaded[at] ?? 0) < part.sealed ? [at] : []));
  const [last = 0] = missing;
  // What is not marked goes without a trace when it is given up, as a draft often is. A message goes on the heels of its last bytes, which saves a round trip.
  const early = facts.answers && row.event?.body.kind !== 'draft';
  if (early && missing.length === 1 && facts.oneRequest[last] === true && !facts.behind) return { do: 'close', part: last, mark: !marked };
  if (missing.length > 0) return { do: 'upload', parts: missing };
  if (facts.behind) return { do: 'nothing' };
  return marked ? { do: 'post' } : { do: 'mark' };
}
