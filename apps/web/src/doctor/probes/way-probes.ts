import type { Clock } from '@earshot/base/clock.ts';
import { judgeWay, type Obstacle } from '@earshot/client/reach/judge.ts';
import { downloadsPass, measureSteadiness, measureThroughput, whatStopsUploads } from '@earshot/client/reach/measure.ts';
import { ask, askStatus, greet, opensSocket } from '@earshot/client/reach/probe.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { judgeClock } from '@earshot/doctor/probes/device-verdict.ts';
import { judgeChange, judgeSteadiness, judgeThroughput } from '@earshot/doctor/probes/link-verdict.ts';
import type { AnswerOf } from '@earshot/doctor/probes/catalogue.ts';
import type { Finding, ProbeSet } from '@earshot/doctor/probes/probe.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import { routes } from '@earshot/protocol/routes.ts';
import type { Preferences } from '../../shell/preferences.ts';
import { once } from './shared.ts';

/** What larger questions wait at most for the measuring of the link, which they would disturb. Milliseconds. */
const QUIET = 3_000;
/** The open connection has to open within this. Milliseconds. */
const OPENING = 4_000;
const LINK = 'doctor.link';

export interface WayParts {
  /** With a patience of its own, well below the time that a probe has. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly offline: () => boolean;
  readonly preferences: Preferences;
}

const REACH: Partial<Record<FailureCode, AnswerOf<'server-reach'>>> = {
  'network.offline': 'offline', 'network.unreachable': 'unreachable', 'network.stalled': 'stalled', 'network.portal': 'portal', 'network.foreign': 'foreign', 'server.down': 'down',
};
const DOWNLOADS: Partial<Record<AnswerOf<'downloads'>, FailureCode>> = { damaged: 'blob.damaged', stopped: 'network.filtered' };
const SESSION: Partial<Record<FailureCode, AnswerOf<'sign-in'>>> = { 'session.missing': 'signed-out', 'session.revoked': 'revoked', 'account.disabled': 'disabled' };

/** Each capability towards the server, asked apart. Where the server itself is not reached, nothing is said of the others. */
export function wayProbes({ transport, clock, offline, preferences }: WayParts): ProbeSet {
  const hello = once((signal) => greet(transport, signal));
  const reached = async (signal: AbortSignal): Promise<boolean> => (await hello(signal)).hello.by === 'server';
  const speed = once((signal) => measureThroughput({ transport, clock, signal }));
  const quiet = (signal: AbortSignal) => Promise.race([speed(signal).then(() => undefined), clock.sleep(QUIET, signal)]);
  const session = once((signal) => sessionSeen(transport, signal));
  const measured = { transport, clock };
  return {
    'server-reach': async (signal) => {
      const { hello: seen, serverNow } = await hello(signal);
      const obstacle = seen.by === 'server' ? null : judgeWay({ offline: offline(), hello: seen, serverNow, deviceNow: clock.now(), latest: null, status: null, upload: null, socket: null });
      return reachOf(obstacle);
    },
    'small-requests': async (signal) => {
      const { hello: seen } = await hello(signal);
      return { answer: seen.by === 'server' ? 'pass' : 'stopped', ...(seen.by === 'other' && { measured: { status: seen.status } }) };
    },
    'server-status': async (signal) => ((await reached(signal)) ? statusOf(transport, signal) : { answer: 'unknown' }),
    'sign-in': async (signal) => ((await reached(signal)) ? await session(signal) : { answer: 'unknown' }),
    clock: async (signal) => {
      const { serverNow } = await hello(signal);
      if (serverNow === null) return { answer: 'unknown' };
      const ahead = clock.now() - serverNow;
      const answer = judgeClock(ahead);
      return { answer, measured: { aheadSeconds: Math.round(ahead / 1_000) }, code: answer === 'right' ? null : 'device.clock' };
    },
    uploads: async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      await quiet(signal);
      const answer = await whatStopsUploads({ ...measured, signal });
      return { answer, code: answer === 'pass' ? null : 'network.filtered' };
    },
    downloads: async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      await quiet(signal);
      const answer = await downloadsPass({ ...measured, signal });
      return { answer, code: DOWNLOADS[answer] ?? null };
    },
    'live-connection': async (signal) => {
      // A stranger is not let in: that is no filter.
      if (!(await reached(signal)) || (await session(signal)).answer !== 'signed-in') return { answer: 'unknown' };
      const opens = await opensSocket({ api: { transport, headers: {} }, clock, signal, patience: OPENING });
      return { answer: opens ? 'opens' : 'stopped', code: opens ? null : 'network.filtered' };
    },
    throughput: async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      const { upBitsPerSecond, downBitsPerSecond } = await speed(signal);
      if (upBitsPerSecond === null || downBitsPerSecond === null) return { answer: 'unknown' };
      return { answer: judgeThroughput(Math.min(upBitsPerSecond, downBitsPerSecond)), measured: { upBitsPerSecond, downBitsPerSecond } };
    },
    'packet-loss': async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      const steadiness = await measureSteadiness({ ...measured, signal });
      return { answer: judgeSteadiness(steadiness), measured: { ...steadiness, roundTripMs: Math.round(steadiness.roundTripMs) } };
    },
    'network-change': async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      const now = (await speed(signal)).upBitsPerSecond;
      if (now === null) return { answer: 'unknown' };
      const before = Number(preferences.read(LINK) ?? 0);
      preferences.write(LINK, String(now));
      return before > 0 ? { answer: judgeChange(before, now), measured: { beforeBitsPerSecond: before, nowBitsPerSecond: now } } : { answer: 'unknown' };
    },
  };
}

function reachOf(obstacle: Obstacle | null): Finding<'server-reach'> {
  if (obstacle === null) return { answer: 'answers' };
  const { status } = obstacle.evidence;
  return { answer: REACH[obstacle.code] ?? 'unreachable', code: obstacle.code, ...(typeof status === 'number' && { measured: { status } }) };
}

async function statusOf(transport: Transport, signal: AbortSignal): Promise<Finding<'server-status'>> {
  const status = await askStatus(transport, signal);
  if (status === null) return { answer: 'unknown' };
  const standing = status.incidents.filter(({ ended }) => ended === null);
  const measured = { incidents: standing.length };
  if (standing.some(({ cause }) => cause === 'storage.full')) return { answer: 'full', code: 'server.storage', measured };
  if (standing.some(({ cause }) => incidentCauses[cause].severity === 'down')) return { answer: 'incident', code: 'server.incident', measured };
  return { answer: standing.length > 0 ? 'trouble' : 'good', measured };
}

async function sessionSeen(transport: Transport, signal: AbortSignal): Promise<Finding<'sign-in'>> {
  const { seen } = await ask(transport, { method: 'GET', path: routes.me.path, signal });
  if (seen.by === 'other') return { answer: seen.status === 200 && !seen.page ? 'signed-in' : 'unknown' };
  if (seen.by === 'nobody' || seen.code === null) return { answer: 'unknown' };
  return { answer: SESSION[seen.code] ?? 'unknown', code: seen.code };
}
