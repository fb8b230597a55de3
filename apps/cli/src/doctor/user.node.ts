import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import { downloadsPass, type MeasurePorts, measureSteadiness, measureThroughput, whatStopsUploads } from '@earshot/client/reach/measure.ts';
import { probeWay } from '@earshot/client/reach/probe.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { Api } from '@earshot/client/wire/api.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { downloadsFinding, socketFinding, statusFinding, steadinessFinding, throughputFinding, uploadsFinding } from '@earshot/doctor/probes/way-findings.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { routes } from '@earshot/protocol/routes.ts';
import { probeSignIn, type Profile, readProfile, waitingOf } from './machine/account.node.ts';
import { readPassphrase } from '../profile/passphrase.node.ts';
import { probeAudioTools, probeRoom, probeWriting } from './machine/device.node.ts';
import { probeCertificate } from './way/certificate.node.ts';
import { probeConnection } from './way/connection.node.ts';
import { probeName } from './way/name.node.ts';
import { judgeProxy, namesProxy, type ProxySeen } from './way/proxy.ts';
import { clockOf, reachOf, smallOf } from './way/service.ts';

/** In the order in which one leads to the next, which is the order in which they are told. */
export const userProbes = [
  'name-resolution', 'connecting', 'certificate', 'proxy', 'server-reach', 'small-requests', 'server-status', 'clock', 'sign-in', 'uploads', 'downloads', 'live-connection',
  'throughput', 'packet-loss', 'waiting-messages', 'storage-room', 'storage-writing', 'audio-tools',
] as const satisfies readonly ProbeId[];

export interface UserPorts {
  /** Null where nobody has an account yet and no address was given: then only this machine is looked at. */
  readonly server: URL | null;
  /** Whether it is the profile's own server: nobody else is shown its session. */
  readonly own: boolean;
  readonly profile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A server that is silent for so long is no help to somebody who waits for an answer. Milliseconds. */
const STALL = 4_000;

/** Probes on the side of a person. What several of them look at is looked at once; a cause leaves what follows from it unknown. */
export async function userProbeSet(ports: UserPorts): Promise<ProbeSet> {
  const { server } = ports;
  const profile = await readProfile(ports.profile, await readPassphrase(ports));
  return { ...machineSet(profile, ports), ...(server !== null && waySet(server, ports.own ? profile : null, ports)) };
}

function machineSet(profile: Profile | null, { profile: dir, env, random }: UserPorts): ProbeSet {
  return {
    'waiting-messages': async () => waitingOf(profile),
    'storage-room': () => probeRoom(dir),
    'storage-writing': () => probeWriting(dir, profile, random),
    'audio-tools': (signal) => probeAudioTools(env['EARSHOT_FFMPEG'] ?? 'ffmpeg', signal),
  };
}

function waySet(server: URL, profile: Profile | null, { env, clock, signal }: UserPorts): ProbeSet {
  const api = new Api(httpTransport({ server: server.origin, stallTimeout: STALL }), clock);
  api.token = profile?.session?.token ?? null;
  const name = once(() => probeName(server));
  const connection = once(async () => ((await name()).answer === 'found' ? await probeConnection(server) : { answer: 'unknown' as const }));
  const signIn = once(() => probeSignIn(profile, api));
  const way = once(() => probeWay({ api, clock, signal, offline: () => false }, { socket: api.token !== null, latest: null }));
  return {
    'name-resolution': name,
    connecting: connection,
    certificate: async () => ((await connection()).answer === 'opens' ? await probeCertificate(server, clock.now()) : { answer: 'unknown' }),
    proxy: async () => judgeProxy({ named: namesProxy(server, env), direct: (await connection()).answer === 'opens', answer: await hello(api, signal) }),
    'server-reach': async () => reachOf(await way()),
    'small-requests': async () => smallOf(await way()),
    'server-status': async () => statusFinding((await way()).status),
    clock: async () => clockOf(await way()),
    ...linkSet({ transport: api.transport, clock, signal }, async () => (await way()).hello.by === 'server'),
    'live-connection': async () => socketFinding((await way()).socket, (await signIn()).answer),
    'sign-in': signIn,
  };
}

const stopped = { upBitsPerSecond: null, downBitsPerSecond: null };

/** How the link is for a voice; where the server itself does not answer, nothing is known of it. */
function linkSet(ports: MeasurePorts, reached: () => Promise<boolean>): ProbeSet {
  const uploads = once(async () => ((await reached()) ? uploadsFinding(await whatStopsUploads(ports)) : { answer: 'unknown' as const }));
  const speed = once(async () => ((await uploads()).answer === 'unknown' ? null : await measureThroughput(ports)));
  return {
    uploads,
    downloads: async () => ((await reached()) ? downloadsFinding(await downloadsPass(ports)) : { answer: 'unknown' }),
    throughput: async () => throughputFinding((await speed()) ?? stopped),
    // Last of all, because whatever else is on the line makes it look unsteady.
    'packet-loss': async () => ((await speed()) === null ? { answer: 'unknown' } : steadinessFinding(await measureSteadiness(ports))),
  };
}

/** What comes back, with the headers that tell who had it in his hands. */
async function hello(api: Api, signal: AbortSignal): Promise<ProxySeen['answer']> {
  try {
    const { status, headers } = await api.transport.request({ method: 'GET', path: routes.server.path, signal });
    return { status, headers };
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
