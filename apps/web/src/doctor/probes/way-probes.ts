import type { Clock } from '@earshot/base/clock.ts';
import { judgeWay } from '@earshot/client/reach/judge.ts';
import { downloadsPass, measureSteadiness, measureThroughput, whatStopsUploads } from '@earshot/client/reach/measure.ts';
import { ask, askStatus, greet, opensSocket } from '@earshot/client/reach/probe.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { judgeChange } from '@earshot/doctor/probes/link-verdict.ts';
import type { AnswerOf } from '@earshot/doctor/probes/catalogue.ts';
import type { Finding, ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { clockFinding, downloadsFinding, reachFinding, socketFinding, statusFinding, steadinessFinding, throughputFinding, uploadsFinding } from '@earshot/doctor/probes/way-findings.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
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
      return reachFinding(obstacle?.code ?? null, seen.by === 'other' ? seen.status : null);
    },
    'small-requests': async (signal) => {
      const { hello: seen } = await hello(signal);
      return { answer: seen.by === 'server' ? 'pass' : 'stopped', ...(seen.by === 'other' && { measured: { status: seen.status } }) };
    },
    'server-status': async (signal) => ((await reached(signal)) ? statusFinding(await askStatus(transport, signal)) : { answer: 'unknown' }),
    'sign-in': async (signal) => ((await reached(signal)) ? await session(signal) : { answer: 'unknown' }),
    clock: async (signal) => {
      const { serverNow } = await hello(signal);
      return serverNow === null ? { answer: 'unknown' } : clockFinding(clock.now() - serverNow);
    },
    uploads: async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      await quiet(signal);
      return uploadsFinding(await whatStopsUploads({ ...measured, signal }));
    },
    downloads: async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      await quiet(signal);
      return downloadsFinding(await downloadsPass({ ...measured, signal }));
    },
    'live-connection': async (signal) => {
      if (!(await reached(signal))) return { answer: 'unknown' };
      const { answer } = await session(signal);
      return socketFinding(answer === 'signed-in' ? await opensSocket({ api: { transport, headers: {} }, clock, signal, patience: OPENING }) : null, answer);
    },
    throughput: async (signal) => ((await reached(signal)) ? throughputFinding(await speed(signal)) : { answer: 'unknown' }),
    'packet-loss': async (signal) => ((await reached(signal)) ? steadinessFinding(await measureSteadiness({ ...measured, signal })) : { answer: 'unknown' }),
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

async function sessionSeen(transport: Transport, signal: AbortSignal): Promise<Finding<'sign-in'>> {
  const { seen } = await ask(transport, { method: 'GET', path: routes.me.path, signal });
  if (seen.by === 'other') return { answer: seen.status === 200 && !seen.page ? 'signed-in' : 'unknown' };
  if (seen.by === 'nobody' || seen.code === null) return { answer: 'unknown' };
  return { answer: SESSION[seen.code] ?? 'unknown', code: seen.code };
}
