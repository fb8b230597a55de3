import { judgeWay, type Probes, type Seen } from '@earshot/client/reach/judge.ts';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { clockFinding, reachFinding } from '@earshot/doctor/probes/way-findings.ts';

/** What one look at the way (`probeWay`) says of the server. */

export function reachOf(probes: Probes): Finding<'server-reach'> {
  if (probes.hello.by === 'server') return reachFinding(null, null);
  return reachFinding(judgeWay(probes)?.code ?? 'network.unreachable', statusIn(probes.hello));
}

export function smallOf({ hello }: Probes): Finding<'small-requests'> {
  if (hello.by === 'server') return { answer: 'pass' };
  // Who does not answer at all is told of by `server-reach`.
  return hello.by === 'other' ? { answer: 'stopped', code: 'network.foreign', measured: { status: hello.status } } : { answer: 'unknown' };
}

export function clockOf(probes: Probes): Finding<'clock'> {
  const { serverNow, deviceNow } = probes;
  if (serverNow === null) return judgeWay(probes)?.code === 'device.clock' ? { answer: 'behind', code: 'device.clock' } : { answer: 'unknown' };
  return clockFinding(deviceNow - serverNow);
}

function statusIn(seen: Seen): number | null {
  return seen.by === 'other' ? seen.status : null;
}
