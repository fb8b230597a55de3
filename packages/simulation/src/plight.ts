import type { Bundle } from '@earshot/doctor/bundle/bundle.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { Tamper, Weather } from './link.ts';
import type { ServerAnswer } from './server-host.ts';

/** What befell one device, as far as a support bundle tells and a world can play it. */
export interface Plight {
  readonly weather: Weather;
  /** Milliseconds to the server, at best; null: as the world wills. */
  readonly distance: number | null;
  /** Milliseconds that the device's clock is ahead. */
  readonly ahead: number;
  readonly deviceFull: boolean;
  readonly serverFull: boolean;
  readonly serverDown: boolean;
  readonly stopped: 'size' | 'type' | 'method' | 'all' | null;
  /** What was found and cannot be played: it is outside of a world without microphones, screens and certificates. */
  readonly unplayed: readonly string[];
}

const WEATHER: Readonly<Record<string, Weather>> = { offline: 'down', unreachable: 'down', stalled: 'hole', portal: 'captive', foreign: 'captive' };
const STOPPED: Readonly<Record<string, Plight['stopped']>> = { 'stopped-by-size': 'size', 'stopped-by-type': 'type', 'stopped-by-method': 'method', stopped: 'all' };
/** What a world can play; the answers of other probes are only told. */
const PLAYED: ReadonlySet<ProbeId> = new Set<ProbeId>(['server-reach', 'connecting', 'small-requests', 'packet-loss', 'clock', 'storage-room', 'storage-writing', 'server-status', 'server-disk', 'uploads']);

export function plightOf({ findings }: Pick<Bundle, 'findings'>): Plight {
  const of = (probe: ProbeId): Bundle['findings'][number] | undefined => findings.find((one) => one.probe === probe);
  const answer = (probe: ProbeId): string => of(probe)?.answer ?? 'unknown';
  const clock = of('clock')?.measured ?? {};
  const trip = of('packet-loss')?.measured['roundTripMs'];
  return {
    weather: WEATHER[answer('server-reach')] ?? (['uneven', 'lossy'].includes(answer('packet-loss')) ? 'rough' : 'fine'),
    distance: trip === undefined ? null : Math.max(1, trip / 2),
    ahead: 1_000 * (clock['aheadSeconds'] ?? -(clock['behindSeconds'] ?? 0)),
    deviceFull: answer('storage-room') === 'full' || answer('storage-writing') === 'refused',
    serverFull: answer('server-status') === 'full' || answer('server-disk') === 'full',
    serverDown: answer('server-reach') === 'down',
    stopped: STOPPED[answer('uploads')] ?? null,
    unplayed: findings.flatMap(({ probe, answer: told, code }) => (code === null || PLAYED.has(probe) ? [] : [`${probe}: ${told}`])),
  };
}

/** Bytes of a body that a filter by size takes for an attachment. */
const LARGE = 8_192;

/** A filter on the way of the one device. Its answers lack the server's mark, as a stranger's do. */
export function filterOf({ stopped }: Plight): Tamper | undefined {
  if (stopped === null) return undefined;
  return async ({ method, headers, body }, ask) => {
    const sound = (headers['content-type'] ?? '').includes('offset');
    if ((stopped === 'size' || stopped === 'all') && (body?.length ?? 0) > LARGE) return refused(413);
    if ((stopped === 'method' || stopped === 'all') && !['GET', 'POST'].includes(method)) return refused(405);
    return (stopped === 'type' || stopped === 'all') && sound ? refused(415) : await ask();
  };
}

function refused(status: number): ServerAnswer {
  return { status, headers: { 'content-type': 'text/html' }, body: new TextEncoder().encode('<h1>blocked by policy</h1>') };
}

/** In words, for whoever plays it. */
export function plightText({ weather, distance, ahead, deviceFull, serverFull, serverDown, stopped }: Plight): string {
  const told = [
    ...(weather === 'fine' ? [] : [`its way to the server is ${weather}`]),
    ...(distance === null ? [] : [`the server is ${Math.round(distance)} ms away`]),
    ...(ahead === 0 ? [] : [`its clock is ${Math.abs(ahead / 1_000)} s ${ahead > 0 ? 'ahead' : 'behind'}`]),
    ...(deviceFull ? ['its disk is full'] : []), ...(serverFull ? ['the disk of the server is full'] : []), ...(serverDown ? ['the server is down'] : []),
    ...(stopped === null ? [] : [`a filter stops sound by ${stopped === 'all' ? 'size, type and method' : stopped}`]),
  ];
  return told.length === 0 ? 'nothing that a world can play' : told.join('; ');
}
