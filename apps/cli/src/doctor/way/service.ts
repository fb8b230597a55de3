import { CLOCK_OFF, judgeWay, type Probes, type Seen } from '@earshot/client/reach/judge.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
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

export function uploadsOf({ upload }: Probes): Finding<'uploads'> {
  switch (upload?.by) {
    case 'server':
      return { answer: 'pass' };
    case 'other':
      return { answer: STOPPED[upload.status] ?? 'stopped', code: 'network.filtered', measured: statusIn(upload) };
    case 'nobody':
      // A slow link is silent too.
      return upload.silent ? { answer: 'unknown' } : { answer: 'stopped', code: 'network.filtered' };
    case undefined:
      return { answer: 'unknown' };
  }
}

/** What a filter dislikes, by the status it answers with. */
const STOPPED: Readonly<Record<number, Finding<'uploads'>['answer']>> = { 405: 'stopped-by-method', 501: 'stopped-by-method', 413: 'stopped-by-size', 415: 'stopped-by-type' };

/** Whoever is not signed in is not let in to the open connection: then nothing is known of it. */
export function socketOf({ socket, upload }: Probes): Finding<'live-connection'> {
  if (socket === true) return { answer: 'opens' };
  const letIn = upload?.by === 'server' && upload.code !== null && !/^(?:session|account)\./.test(upload.code);
  return { answer: socket === false && letIn ? 'stopped' : 'unknown' };
}

export function clockOf(probes: Probes): Finding<'clock'> {
  const { serverNow, deviceNow } = probes;
  if (serverNow === null) return judgeWay(probes)?.code === 'device.clock' ? { answer: 'behind', code: 'device.clock' } : { answer: 'unknown' };
  const behind = serverNow - deviceNow;
  const measured = { behindSeconds: Math.round(behind / 1000) };
  return Math.abs(behind) <= CLOCK_OFF ? { answer: 'right', measured } : { answer: behind > 0 ? 'behind' : 'ahead', code: 'device.clock', measured };
}

function statusIn(seen: Seen): Record<string, number> {
  return seen.by === 'other' ? { status: seen.status } : {};
}
