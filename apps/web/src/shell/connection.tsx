import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { JSX } from 'preact';
import { AskDoctor } from '../doctor/ask-doctor.tsx';
import { sayFailure } from '../words/say-failure.ts';
import { useApp } from './app.ts';
import { StatusLink } from './status-link.tsx';

/** A link that is away for a moment is not worth a word. */
const PATIENCE = 1_500;

/** There is nothing to do about these but to wait. */
const PLAIN: ReadonlySet<FailureCode> = new Set<FailureCode>(['network.offline', 'network.unreachable', 'network.stalled']);

/** These are views of their own: whoever has signed in or was let in since reads nothing of them while the connection is made. */
const VIEWS: ReadonlySet<FailureCode> = new Set<FailureCode>(['session.missing', 'session.revoked', 'account.disabled', 'device.locked']);

/** Says quietly what stands between this device and the server, and that this costs nothing but time. */
export function Connection(): JSX.Element | null {
  const { session, words, clock } = useApp();
  const shown = useSignal(false);
  // Trying once more is not being back: what was in the way is in the way until something gets through.
  const obstacle = useSignal<{ readonly code: FailureCode; readonly evidence: Evidence } | null>(null);
  const away = useComputed(() => obstacle.value !== null);
  useSignalEffect(() => {
    const { state, reason } = session.connection.value;
    if (reason !== undefined && VIEWS.has(reason.code)) obstacle.value = null;
    else if (state === 'waiting') obstacle.value = reason ?? { code: 'network.unreachable', evidence: {} };
    // Also where all is well but for one conversation.
    else if (state !== 'connecting') obstacle.value = reason ?? null;
  });
  useSignalEffect(() => {
    if (!away.value) {
      shown.value = false;
      return undefined;
    }
    const gone = new AbortController();
    void clock.sleep(PATIENCE, gone.signal).then(() => {
      if (!gone.signal.aborted) shown.value = true;
    });
    return () => gone.abort();
  });
  if (!shown.value || obstacle.value === null) return null;
  const { code, evidence } = obstacle.value;
  return (
    <div class="connection" role="status">
      <span class="dot" />
      <span>{PLAIN.has(code) ? words.t('connection.waiting') : sayFailure(code, evidence, words)} <StatusLink code={code} /> <AskDoctor code={code} /></span>
    </div>
  );
}
