import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { incidentCauses } from '@earshot/protocol/incidents.ts';
import type { StatusAnswer } from '@earshot/protocol/status.ts';

/** What stands in the way, with what shows it. */
export interface Obstacle {
  readonly code: FailureCode;
  readonly evidence: Evidence;
}

/** What came back from one request. */
export type Seen =
  /** The server itself: the answer has the shape that only it gives. `code`: it refused, and says why. */
  | { readonly by: 'server'; readonly code: FailureCode | null }
  /** Somebody else. */
  | { readonly by: 'other'; readonly status: number; readonly page: boolean; readonly redirect: boolean }
  /** Nobody. `system` is the word of the operating system, where it can be heard (browsers do not tell). */
  | { readonly by: 'nobody'; readonly silent: boolean; readonly system: string | null };

export interface Probes {
  /** Whether the device itself says that it has no network at all. */
  readonly offline: boolean;
  /** The smallest request there is: who are you? */
  readonly hello: Seen;
  /** The server's clock, from its answer; null without one. Milliseconds since 1970. */
  readonly serverNow: number | null;
  readonly deviceNow: number;
  /** The latest time that the server is known to have told. */
  readonly latest: number | null;
  /** Null when it was not to be had. */
  readonly status: StatusAnswer | null;
  /** A request of the method, type and size that sound travels in. */
  readonly upload: Seen | null;
  /** Whether the open connection opens; null when nobody tried. */
  readonly socket: boolean | null;
}

/** Beyond this certificates of a few days and the times shown become wrong. Milliseconds. */
export const CLOCK_OFF = 300_000;

const NO_NETWORK: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** A proxy in front of the server says that nobody answers behind it. */
const GATEWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Tells apart what can stand between a device and its server; null when these probes show nothing.
 * 1. What the smallest request shows comes first: whoever cannot ask who is there learns nothing from larger questions.
 * 2. The server is only blamed on its own word, on the word of its proxy, or when its machine is there and it is not.
 * 3. A failed TLS handshake looks like nobody: with a wrong clock it cannot be told from that, unless a time was heard before.
 */
export function judgeWay(probes: Probes): Obstacle | null {
  const { hello } = probes;
  switch (hello.by) {
    case 'nobody':
      return judgeSilence(hello, probes);
    case 'other':
      return judgeStranger(hello);
    case 'server':
      return judgeServer(probes);
  }
}

function judgeSilence({ silent, system }: Seen & { readonly by: 'nobody' }, { offline, deviceNow, latest }: Probes): Obstacle {
  const evidence = system === null ? {} : { system };
  if (offline || NO_NETWORK.has(system ?? '')) return { code: 'network.offline', evidence };
  if (system === 'ECONNREFUSED') return { code: 'server.down', evidence };
  if (system === 'CERT_NOT_YET_VALID') return { code: 'device.clock', evidence };
  if (latest !== null && latest - deviceNow > CLOCK_OFF) return { code: 'device.clock', evidence: { ...evidence, behind: latest - deviceNow } };
  return { code: silent ? 'network.stalled' : 'network.unreachable', evidence };
}

function judgeStranger({ status, page, redirect }: Seen & { readonly by: 'other' }): Obstacle {
  if (GATEWAY.has(status)) return { code: 'server.down', evidence: { status } };
  if (redirect || status === 511 || (page && status < 300)) return { code: 'network.portal', evidence: { status } };
  return { code: 'network.foreign', evidence: { status } };
}

function judgeServer({ status, upload, socket, serverNow, deviceNow }: Probes): Obstacle | null {
  const standing = status?.incidents.filter(({ ended }) => ended === null) ?? [];
  const down = standing.find(({ cause }) => incidentCauses[cause].severity === 'down');
  if (down !== undefined) return { code: down.cause === 'storage.full' ? 'server.storage' : 'server.incident', evidence: { incident: down.cause, since: down.began } };
  if (upload !== null && isStopped(upload)) return { code: 'network.filtered', evidence: { stopped: 'uploads', ...(upload.by === 'other' && { status: upload.status }) } };
  // Whoever is not signed in is not let in to the open connection: that is no filter.
  if (socket === false && upload?.by === 'server' && !isSession(upload.code)) return { code: 'network.filtered', evidence: { stopped: 'socket' } };
  // A part that only hinders (waking, clearing up) is not what stopped us; what people took the trouble to say may be.
  const announced = standing.find(({ cause }) => cause === 'server.announced');
  if (announced !== undefined) return { code: 'server.incident', evidence: { incident: announced.cause, since: announced.began } };
  if (serverNow !== null && Math.abs(serverNow - deviceNow) > CLOCK_OFF) return { code: 'device.clock', evidence: { behind: serverNow - deviceNow } };
  return null;
}

/** Silence proves nothing: a slow link is silent too. */
function isStopped(upload: Seen): upload is Exclude<Seen, { readonly by: 'server' }> {
  return upload.by === 'other' || (upload.by === 'nobody' && !upload.silent);
}

function isSession(code: FailureCode | null): boolean {
  return code !== null && (code.startsWith('session.') || code === 'account.disabled');
}
