import type { Clock } from '@earshot/base/clock.ts';
import { echoAnswer, echoHeader, echoRoute } from '@earshot/protocol/echo.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { markHeader, uploadRoutes } from '@earshot/protocol/addresses.ts';
import type { Transport, TransportAnswer } from '../transport.ts';
import { ask } from './probe.ts';
import type { Seen } from './judge.ts';

/** What measures: the transport with a patience of its own, shorter than what sending allows itself. */
export interface MeasurePorts {
  readonly transport: Transport;
  /** Its `now` has to be finer than a second; milliseconds. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What sound travels as. */
const SOUND_TYPE = 'application/offset+octet-stream';
const PLAIN_TYPE = 'application/octet-stream';
/** Bytes: a piece of a second of speech, and one that a filter by size would take for an attachment. */
const SMALL = 1_024;
const LARGE = 65_536;
/** The same from below: first little, so that a poor link says something at all. */
const SIZES: readonly number[] = [4_096, LARGE];
/** A larger piece is only tried when it would take less than this. Milliseconds. */
const ENOUGH = 1_500;
/** Small requests beside and behind one another. */
const LANES = 3;
const TURNS = 6;
/** A small request that took so much longer than most was sent again on its way, or waited for others. Milliseconds. */
const LATE = 400;
/** Unanswered for so long it counts as lost. Milliseconds. */
const LOST = 2_500;

export type UploadWay = 'pass' | 'stopped-by-size' | 'stopped-by-type' | 'stopped-by-method' | 'stopped';

/** Which of the things that sending needs a filter stops. Asked only where small requests pass. */
export async function whatStopsUploads(ports: MeasurePorts): Promise<UploadWay> {
  const sends = (type: string, bytes: number) => passes(ports, 'POST', `${echoRoute}?answer=0`, type, bytes);
  const [large, small, patch] = await Promise.all([sends(SOUND_TYPE, LARGE), sends(SOUND_TYPE, SMALL), passes(ports, 'PATCH', uploadRoutes.one.replace(':id', '0'.repeat(26)), SOUND_TYPE, SMALL)]);
  if (large && patch) return 'pass';
  if (small) return large ? 'stopped-by-method' : 'stopped-by-size';
  return (await sends(PLAIN_TYPE, SMALL)) ? 'stopped-by-type' : 'stopped';
}

/** Whether the server itself is who answers, whatever it says. One connection that breaks is no filter; silence proves nothing. */
async function passes(ports: MeasurePorts, method: string, path: string, type: string, bytes: number): Promise<boolean> {
  const { transport, signal } = ports;
  const once = async (): Promise<Seen> => {
    const headers = { 'content-type': type, 'tus-resumable': '1.0.0', 'upload-offset': '0' };
    const request = { method, path, headers, body: echoAnswer(bytes), signal };
    if (!path.startsWith(echoRoute)) return (await ask(transport, request)).seen;
    try {
      const answer = await transport.request(request);
      return answer.headers[echoHeader] === String(bytes) || isRefusal(answer) ? { by: 'server', code: null } : { by: 'other', status: answer.status, page: false, redirect: false };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { by: 'nobody', silent: error.code === 'network.stalled', system: null };
    }
  };
  const first = await once();
  const seen = first.by === 'nobody' && !first.silent ? await once() : first;
  return seen.by === 'server' || (seen.by === 'nobody' && seen.silent);
}

/** Whether bytes come back as they are; unknown when the server itself would not be asked again so soon. */
export async function downloadsPass({ transport, signal }: MeasurePorts): Promise<'pass' | 'stopped' | 'damaged' | 'unknown'> {
  try {
    const answer = await transport.request(echo(0, LARGE, signal));
    if (isRefusal(answer)) return 'unknown';
    if (answer.headers[echoHeader] === undefined) return 'stopped';
    return isSame(await answer.bytes(), echoAnswer(LARGE)) ? 'pass' : 'damaged';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return 'stopped';
  }
}

/** Bits a second each way; where not even the smallest piece got through in time, what it would have been at best. Null: something stops it. */
export interface Throughput {
  readonly upBitsPerSecond: number | null;
  readonly downBitsPerSecond: number | null;
}

export async function measureThroughput(ports: MeasurePorts): Promise<Throughput> {
  // One after the other: they would share the link.
  const upBitsPerSecond = await rate(ports, 'up');
  return { upBitsPerSecond, downBitsPerSecond: await rate(ports, 'down') };
}

async function rate({ transport, clock, signal }: MeasurePorts, way: 'up' | 'down'): Promise<number | null> {
  const timed = async (bytes: number) => {
    const began = clock.now();
    const came = await comes(() => transport.request(way === 'up' ? echo(bytes, 0, signal) : echo(0, bytes, signal)));
    return { came, took: clock.now() - began };
  };
  // The shorter of two: one for which the device stood still would make the link look faster than it is.
  const trip = Math.min((await timed(0)).took, (await timed(0)).took);
  let found: number | null = null;
  for (const bytes of SIZES) {
    const { took, came } = await timed(bytes);
    const bits = Math.round((bytes * 8_000) / Math.max(1, took - trip));
    if (came !== 'whole') return found ?? (came === 'silence' ? bits : null);
    found = bits;
    if (took * (LARGE / bytes) > ENOUGH) break;
  }
  return found;
}

export interface Steadiness {
  readonly asked: number;
  readonly late: number;
  readonly lost: number;
  /** What half of them took at most. Milliseconds. */
  readonly roundTripMs: number;
}

/** Small requests, many of them: what a link drops shows as those that come late or not at all. */
export async function measureSteadiness({ transport, clock, signal }: MeasurePorts): Promise<Steadiness> {
  const took: (number | null)[] = [];
  const lane = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const began = clock.now();
      const came = await comes(() => transport.request({ ...echo(0, 0, signal), patience: LOST }));
      if (came !== 'refused') took.push(came === 'whole' ? clock.now() - began : null);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const answered = took.filter((one) => one !== null).sort((one, other) => one - other);
  const roundTripMs = answered[Math.floor(answered.length / 2)] ?? 0;
  return { asked: took.length, lost: took.length - answered.length, late: answered.filter((one) => one > roundTripMs * 3 && one > roundTripMs + LATE).length, roundTripMs };
}

async function comes(request: () => Promise<TransportAnswer>): Promise<'whole' | 'silence' | 'refused' | 'nothing'> {
  try {
    const answer = await request();
    await answer.bytes();
    if (isRefusal(answer)) return 'refused';
    return answer.headers[echoHeader] === undefined ? 'nothing' : 'whole';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code === 'network.stalled' ? 'silence' : 'nothing';
  }
}

/** The server answered, and not with an echo: whoever measures too often is told to wait. */
function isRefusal({ headers }: TransportAnswer): boolean {
  return headers[markHeader] !== undefined && headers[echoHeader] === undefined;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function echo(up: number, down: number, signal: AbortSignal) {
  return { method: 'POST', path: `${echoRoute}?answer=${down}`, headers: { 'content-type': PLAIN_TYPE }, body: echoAnswer(up), signal };
}
