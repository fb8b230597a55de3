import type { FailureCode } from '@earshot/protocol/failures.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { StatusAnswer } from '@earshot/protocol/status.ts';
import type { AnswerOf } from './catalogue.ts';
import { judgeClock } from './device-verdict.ts';
import { judgeSteadiness, judgeThroughput } from './link-verdict.ts';
import type { Finding } from './probe.ts';

/** What was measured on the way to a server, as findings: the same in a page and on a command line. */

const REACH: Partial<Record<FailureCode, AnswerOf<'server-reach'>>> = {
  'network.offline': 'offline', 'network.unreachable': 'unreachable', 'network.stalled': 'stalled', 'network.portal': 'portal', 'network.foreign': 'foreign', 'server.down': 'down',
};
const DOWNLOADS: Partial<Record<AnswerOf<'downloads'>, FailureCode>> = { damaged: 'blob.damaged', stopped: 'network.filtered' };

/** `obstacle`: what stands in the way of the smallest request; null when the server answers it. `status`: of whoever answered in its place. */
export function reachFinding(obstacle: FailureCode | null, status: number | null): Finding<'server-reach'> {
  if (obstacle === null) return { answer: 'answers' };
  return { answer: REACH[obstacle] ?? 'unreachable', code: obstacle, ...(status !== null && { measured: { status } }) };
}

/** By the server's own word. What only hinders, and what people announced, is for them to read. */
export function statusFinding(status: StatusAnswer | null): Finding<'server-status'> {
  if (status === null) return { answer: 'unknown' };
  const standing = status.incidents.filter(({ ended }) => ended === null);
  const measured = { incidents: standing.length };
  if (standing.some(({ cause }) => cause === 'storage.full')) return { answer: 'full', code: 'server.storage', measured };
  if (standing.some(({ cause }) => incidentCauses[cause].severity === 'down')) return { answer: 'incident', code: 'server.incident', measured };
  return { answer: standing.length > 0 ? 'trouble' : 'good', measured };
}

/** `ahead`: milliseconds by which the device's clock is before the server's. */
export function clockFinding(ahead: number): Finding<'clock'> {
  const answer = judgeClock(ahead);
  return { answer, measured: { aheadSeconds: Math.round(ahead / 1_000) }, code: answer === 'right' ? null : 'device.clock' };
}

export function uploadsFinding(answer: AnswerOf<'uploads'>): Finding<'uploads'> {
  return { answer, code: answer === 'pass' ? null : 'network.filtered' };
}

export function downloadsFinding(answer: AnswerOf<'downloads'>): Finding<'downloads'> {
  return { answer, code: DOWNLOADS[answer] ?? null };
}

/** Whoever is not signed in is not let in to the open connection: that is no filter. `opens`: null when nobody tried. */
export function socketFinding(opens: boolean | null, signIn: AnswerOf<'sign-in'>): Finding<'live-connection'> {
  if (opens === null || signIn !== 'signed-in') return { answer: 'unknown' };
  return { answer: opens ? 'opens' : 'stopped', code: opens ? null : 'network.filtered' };
}

/** Bits a second each way; null where something stops it. */
export interface Speed {
  readonly upBitsPerSecond: number | null;
  readonly downBitsPerSecond: number | null;
}

export function throughputFinding({ upBitsPerSecond, downBitsPerSecond }: Speed): Finding<'throughput'> {
  if (upBitsPerSecond === null || downBitsPerSecond === null) return { answer: 'unknown' };
  return { answer: judgeThroughput(Math.min(upBitsPerSecond, downBitsPerSecond)), measured: { upBitsPerSecond, downBitsPerSecond } };
}

export function steadinessFinding(seen: { readonly asked: number; readonly late: number; readonly lost: number; readonly roundTripMs: number }): Finding<'packet-loss'> {
  return { answer: judgeSteadiness(seen), measured: { ...seen, roundTripMs: Math.round(seen.roundTripMs) } };
}
