import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { JSX } from 'preact';
import { useApp } from './app.ts';

/** Codes of which the server's own page tells more. One that is down cannot show it. */
const TOLD: ReadonlySet<FailureCode> = new Set<FailureCode>(['server.incident', 'server.storage', 'server.busy', 'server.fault']);

/** "Not you, us", with a way to see it. */
export function StatusLink({ code }: { code: FailureCode }): JSX.Element | null {
  const { words } = useApp();
  return TOLD.has(code) ? <a class="status-link" href="/status" target="_blank" rel="noreferrer">{words.t('connection.status')}</a> : null;
}
