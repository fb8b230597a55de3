import { useSignal, useSignalEffect } from '@preact/signals';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { JSX } from 'preact';
import { useApp } from './app.ts';
import { StatusLink } from './status-link.tsx';

/** A link that is away for a moment is not worth a word. */
const PATIENCE = 1_500;

/** There is nothing to do about these but to wait. */
const PLAIN: ReadonlySet<FailureCode> = new Set<FailureCode>(['network.offline', 'network.unreachable', 'network.stalled']);

/** Says quietly what stands between this device and the server, and that this costs nothing but time. */
export function Connection(): JSX.Element | null {
  const { session, words, clock } = useApp();
  const shown = useSignal(false);
  useSignalEffect(() => {
    if (session.connection.value.state !== 'waiting') {
      shown.value = false;
      return undefined;
    }
    const gone = new AbortController();
    void clock.sleep(PATIENCE, gone.signal).then(() => {
      if (!gone.signal.aborted) shown.value = true;
    });
    return () => gone.abort();
  });
  const { reason } = session.connection.value;
  if (!shown.value) return null;
  return (
    <div class="connection" role="status">
      <span class="dot" />
      <span>{reason === undefined || PLAIN.has(reason.code) ? words.t('connection.waiting') : `${words.failure(reason.code).cause} ${words.failure(reason.code).next}`} {reason === undefined ? null : <StatusLink code={reason.code} />}</span>
    </div>
  );
}
