import type { Server } from 'node:http';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import type { FastifyInstance } from 'fastify';
import { clearStaging } from './backup/source.node.ts';
import { checkQuickly } from './check/check.node.ts';
import type { Finding, FindingCode } from './check/findings.ts';
import { openBlobs, openStore } from './data.node.ts';
import { MemoryFanOut } from './fanout/memory.ts';
import { makeApp } from './http/app.node.ts';
import type { Context, Site } from './http/context.ts';
import { acceptUpgrades } from './http/upgrades.node.ts';
import { Hub } from './live/hub.ts';
import { Sockets } from './live/sockets.node.ts';
import { RecentEvents } from './logs/recent-events.ts';
import type { RunningServer, ServerOptions } from './options.ts';
import { ScryptPasswords } from './people/passwords.node.ts';
import type { Ports } from './ports.ts';
import { openPush } from './push/open-push.node.ts';
import { removeLeftovers } from './retention/sweep.ts';
import { startUpkeep } from './retention/upkeep.ts';
import { Allowance } from './status/allowance.ts';
import { folderMachine } from './status/machine.node.ts';
import { Vitals } from './status/vitals.ts';
import { watchedBlobs } from './status/watched-blobs.ts';
import { Watch } from './status/watch.ts';
import { nodeSums } from './uploads/sums.node.ts';
import { Uploads } from './uploads/uploads.ts';

/** How long requests under way may take when the server ends. */
const GRACE = 3_000;

/**
 * Starts a server on a data folder; resolves when it answers. Fails with `server.data-in-use`, `server.data-foreign`, `server.data-unwritable`,
 * `server.storage`, `server.data-newer`, `server.data-damaged`, `restore.unfinished`, `server.port-taken` or `config.invalid`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const damage = lookAt(options);
  const { store, blobs } = await openData(options.dataDir);
  const vitals = new Vitals(options.clock ?? systemClock);
  const ports: Ports = {
    store, blobs: watchedBlobs(blobs, vitals), fanout: new MemoryFanOut(), sums: nodeSums, passwords: new ScryptPasswords(),
    clock: options.clock ?? systemClock, random: options.random ?? systemRandom, log: options.log, limits: { ...limits, ...options.limits }, retention: { ...usualRetention, ...options.retention },
  };
  try {
    return await open(ports, vitals, damage, options);
  } catch (error) {
    await closePorts(ports);
    throw error;
  }
}

/** With one of these nothing is written: neither to a database that contradicts itself, nor where a database, or all its sound, has to be put back. */
const FATAL: ReadonlySet<FindingCode> = new Set<FindingCode>(['database.damaged', 'database.missing', 'sound.missing']);

/** What can be seen of damage in a moment. With anything that is not fatal more is served by starting than by not. */
function lookAt({ dataDir, log }: ServerOptions): readonly Finding[] {
  const damage = checkQuickly(dataDir);
  const fatal = damage.find(({ code }) => FATAL.has(code));
  if (fatal) throw new Failure('server.data-damaged', { reason: fatal.code, ...fatal.evidence, path: dataDir });
  for (const { code, evidence } of damage) log.warn('damage', { code, ...evidence });
  return damage;
}

/** The blobs first: before anything else is touched, no other server may be on this folder. */
async function openData(dataDir: string): Promise<Pick<Ports, 'store' | 'blobs'>> {
  const blobs = openBlobs(dataDir);
  try {
    return { blobs, store: openStore(dataDir) };
  } catch (error) {
    await blobs.close();
    throw error;
  }
}

async function open(ports: Ports, vitals: Vitals, damage: readonly Finding[], options: ServerOptions): Promise<RunningServer> {
  await removeLeftovers(ports);
  clearStaging(options.dataDir);
  const recent = new RecentEvents(ports);
  const watch = new Watch({ ...ports, vitals, machine: options.machine ?? folderMachine(options.dataDir) });
  const status = { watch, allowance: new Allowance(ports.clock, ports.limits.statusPerAddress) };
  const echoes = new Allowance(ports.clock, ports.limits.echoesPerAddress);
  const challenges = new Allowance(ports.clock, ports.limits.challengesPerAddress);
  const hub = new Hub(ports, recent);
  const push = await openPush(ports, hub, options);
  const context: { -readonly [K in keyof Context]: Context[K] } = { ports, recent, uploads: new Uploads(ports), hub, push: push?.desk ?? null, status, echoes, challenges, site: siteOf(options.origin, options.port) };
  const app = await makeApp(context, options);
  const sockets = new Sockets(ports, hub);
  acceptUpgrades(app.server, context, sockets);
  const port = await listen(app, options);
  context.site = siteOf(options.origin, port);
  // Not before the port is ours: a start that fails is no outage.
  await watch.begin(damage.length > 0);
  const upkeep = startUpkeep(ports, hub, push?.waker ?? null, vitals, watch);

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= end());
  const end = async (): Promise<void> => {
    await upkeep.close();
    await push?.waker.close();
    await sockets.close();
    await closeHttp(app);
    await watch.end();
    await closePorts(ports);
  };
  return { origin: context.site.origin, port, close, [Symbol.asyncDispose]: close };
}

/** What the machine says of a host that is not its own: no such address, a name that leads nowhere, a kind of address that it has not. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EAFNOSUPPORT', 'EINVAL']);

async function listen(app: FastifyInstance, { host, port }: ServerOptions): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE' || code === 'EACCES') throw new Failure('server.port-taken', { port }, { cause: error });
    if (NO_ADDRESS.has(String(code))) throw new Failure('config.invalid', { key: 'host', seen: host, must: 'be an address or name of this machine' }, { cause: error });
    throw error;
  }
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** Without an origin both names of this machine are right; passkeys know only `localhost`. */
function siteOf(origin: string | undefined, port: number): Site {
  if (origin !== undefined) {
    const fixed = new URL(origin).origin;
    return { origin: fixed, accepts: (seen) => seen === fixed };
  }
  const local = `http://localhost:${port}`;
  return { origin: local, accepts: (seen) => seen === local || seen === `http://127.0.0.1:${port}` };
}

async function closeHttp(app: FastifyInstance): Promise<void> {
  const server: Server = app.server;
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

async function closePorts(ports: Ports): Promise<void> {
  await ports.fanout.close();
  await ports.blobs.close();
  await ports.store.close();
}
