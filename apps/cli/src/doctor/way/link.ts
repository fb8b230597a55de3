import type { downloadsPass, Steadiness, Throughput, UploadWay } from '@earshot/client/reach/measure.ts';
import { judgeSteadiness, judgeThroughput } from '@earshot/doctor/probes/link-verdict.ts';
import type { Finding } from '@earshot/doctor/probes/probe.ts';

/** What was measured of the link, as answers. */

export function uploadsOf(way: UploadWay): Finding<'uploads'> {
  return { answer: way, code: way === 'pass' ? null : 'network.filtered' };
}

export function downloadsOf(way: Awaited<ReturnType<typeof downloadsPass>>): Finding<'downloads'> {
  return { answer: way, code: way === 'pass' || way === 'unknown' ? null : way === 'damaged' ? 'blob.damaged' : 'network.filtered' };
}

export function throughputOf(speed: Throughput | null): Finding<'throughput'> {
  const { upBitsPerSecond, downBitsPerSecond } = speed ?? { upBitsPerSecond: null, downBitsPerSecond: null };
  if (upBitsPerSecond === null || downBitsPerSecond === null) return { answer: 'unknown' };
  return { answer: judgeThroughput(Math.min(upBitsPerSecond, downBitsPerSecond)), measured: { upBitsPerSecond, downBitsPerSecond } };
}

export function steadinessOf(steadiness: Steadiness): Finding<'packet-loss'> {
  return { answer: judgeSteadiness(steadiness), measured: { ...steadiness, roundTripMs: Math.round(steadiness.roundTripMs) } };
}

/** Whoever is not signed in is not let in to the open connection: then nothing is known of it. */
export function socketOf(opens: boolean | null, signIn: Finding<'sign-in'>): Finding<'live-connection'> {
  if (opens === null || signIn.answer !== 'signed-in') return { answer: 'unknown' };
  return { answer: opens ? 'opens' : 'stopped' };
}
