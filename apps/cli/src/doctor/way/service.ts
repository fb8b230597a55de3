import { judgeWay, type Probes, type Seen } from '@earshot/client/reach/judge.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { judgeClock } from '@earshot/doctor/probes/device-verdict.ts';
import type { Finding } from '@earshot/doctor/probes/probe.ts';

/** What one look at the way (`probeWay`) says of each capability apart. */

const REACHED: { readonly [code in FailureCode]?: Finding<'server-reach'>['answer'] } = {
  'network.offline': 'offline', 'network.unreachable': 'unreachable', 'network.stalled': 'stalled',
  'network.portal': 'portal', 'network.foreign': 'foreign', 'server.down': 'down', 'device.clock': 'unreachable',
};

export function reachOf(probes: Probes): Finding<'server-reach'> {
  if (probes.hello.by === 'server') return { answer: 'answers' };
  const code = judgeWay(probes)?.code ?? 'network.unreachable';
  return { answer: REACHED[code] ?? 'unreachable', code, measured: statusIn(probes.hello) };
}

export function smallOf({ hello }: Probes): Finding<'small-requests'> {
  if (hello.by === 'server') return { answer: 'pass' };
  // Who does not answer at all is told of by `server-reach`.
  return hello.by === 'other' ? { answer: 'stopped', code: 'network.foreign', measured: statusIn(hello) } : { answer: 'unknown' };
}

/** By the server's own word. What only hinders, and what people announced, is for them to read. */
export function statusOf({ status }: Probes): Finding<'server-status'> {
  if (status === null) return { answer: 'unknown' };
  const standing = status.incidents.filter(({ ended }) => ended === null).map(({ cause }) => cause);
  if (standing.includes('storage.full')) return { answer: 'full', code: 'server.storage' };
  if (standing.some((cause) => incidentCauses[cause].severity === 'down')) return { answer: 'incident', code: 'server.incident' };
  return { answer: standing.length > 0 ? 'trouble' : 'good' };
}

export function clockOf(probes: Probes): Finding<'clock'> {
  const { serverNow, deviceNow } = probes;
  if (serverNow === null) return judgeWay(probes)?.code === 'device.clock' ? { answer: 'behind', code: 'device.clock' } : { answer: 'unknown' };
  const ahead = deviceNow - serverNow;
  const answer = judgeClock(ahead);
  return { answer, code: answer === 'right' ? null : 'device.clock', measured: { aheadSeconds: Math.round(ahead / 1_000) } };
}

function statusIn(seen: Seen): Record<string, number> {
  return seen.by === 'other' ? { status: seen.status } : {};
}
