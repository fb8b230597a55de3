import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKnowledge } from '../knowledge/load.node.ts';
import { isProbeId, type ProbeId, probes } from '../probes/catalogue.ts';
import { createDoctor } from './doctor.ts';
import { happened, openSession, type Session } from './session.ts';

const knowledge = await loadKnowledge();
const doctor = createDoctor(knowledge);
const page = { app: 'earshot', platform: 'linux', browser: 'chrome', place: 'web' } as const;
/** What is not known of somebody who comes without a conversation, for the first time. */
const untold: ReadonlySet<string> = new Set(['conversation', 'recipient', 'system-change', 'network-change']);
const unreached = { 'small-requests': 'stopped', 'server-status': 'unknown', 'sign-in': 'unknown', clock: 'unknown', uploads: 'unknown', downloads: 'unknown', 'live-connection': 'unknown', throughput: 'unknown', 'packet-loss': 'unknown' };

/** All that runs by itself has run, and found this and nothing else. */
function looked(session: Session, found: Readonly<Partial<Record<ProbeId, string>>>): Session {
  const action = doctor.next(session);
  if (action.kind !== 'probe') return session;
  const answer = (of: string): string => {
    if (!isProbeId(of) || untold.has(of)) return 'unknown';
    return found[of] ?? Object.entries(probes[of].answers).find(([, bearing]) => bearing === 'fine')?.[0] ?? 'unknown';
  };
  return looked(happened(session, ...action.probes.map((of) => ({ kind: 'answer' as const, of, answer: answer(of) }))), found);
}

const named: readonly (readonly [Readonly<Partial<Record<ProbeId, string>>>, cause: string])[] = [
  [{ 'packet-loss': 'lossy' }, 'lossy-link'],
  [{ encoder: 'broken' }, 'encoder-fails'],
  [{ 'microphone-permission': 'denied' }, 'permission-denied'],
  [{ 'browser-features': 'missing', 'microphone-permission': 'unsupported', encoder: 'broken' }, 'browser-cannot'],
  [{ clock: 'behind' }, 'clock-wrong'],
  [{ 'storage-writing': 'refused' }, 'browser-stores-nothing'],
  [{ 'storage-writing': 'refused', 'storage-room': 'full' }, 'device-full'],
  [{ 'server-reach': 'offline', ...unreached }, 'no-network'],
  [{ 'server-reach': 'portal', ...unreached }, 'sign-in-page'],
  [{ 'server-reach': 'down', ...unreached }, 'server-down'],
  [{ 'sign-in': 'revoked', 'live-connection': 'unknown' }, 'signed-out'],
];

test('[DOC6] what was measured names the cause where nobody said more than that it does not work', () => {
  for (const [found, cause] of named) {
    const [first] = doctor.suspects(looked(openSession(page, { tree: 'not-working' }), found));
    assert.equal(first?.cause, cause, JSON.stringify(found));
    assert.ok(first.chance > 0.6, `${cause} ${first.chance}`);
  }
});

test('[DOC6] what somebody said comes before what was measured beside it', () => {
  const told = looked(openSession(page, { symptom: 'muffled' }), { 'sign-in': 'revoked' });
  assert.notEqual(doctor.suspects(told)[0]?.cause, 'signed-out');
});
