import { readFile } from 'node:fs/promises';
import type { Clock } from '@earshot/base/clock.ts';
import { probeWay } from '@earshot/client/reach/probe.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { Api } from '@earshot/client/wire/api.ts';
import type { ProbeId } from '@earshot/doctor/probes/catalogue.ts';
import type { Finding, ProbeSet } from '@earshot/doctor/probes/probe.ts';
import { statusFinding } from '@earshot/doctor/probes/way-findings.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { lastBackup } from '@earshot/server/backup/remembered.node.ts';
import type { BackupNote } from '@earshot/server/status/machine.ts';
import { folderMachine } from '@earshot/server/status/machine.node.ts';
import type { ServerConfig } from '../config/config.ts';
import { fileFailure } from '../files/write-file.node.ts';
import { databaseOf, folderOf, limitsOf, lookAt, probeDisk, pushOf, serverClockOf } from './machine/folder.node.ts';
import { judgeCertificate, probeCertificate, readCertificate, type Shown } from './way/certificate.node.ts';
import { bareHost } from './way/name.node.ts';
import { reachOf } from './way/service.ts';

export const operatorProbes = [
  'data-folder', 'server-disk', 'database', 'clock', 'server-reach', 'server-status', 'certificate', 'backup', 'push-service', 'limits',
] as const satisfies readonly ProbeId[];

export interface OperatorPorts {
  readonly config: ServerConfig;
  /** The address that people open. */
  readonly origin: URL;
  /** PEM file of the certificate, where a proxy keeps it; null: the one that the address shows. */
  readonly certificate: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const STALL = 5_000;

/** Probes on the machine of a server, beside it while it runs or without it. */
export async function operatorProbeSet({ config, origin, certificate, clock, signal }: OperatorPorts): Promise<ProbeSet> {
  const { data } = config;
  const signs = lookAt(data);
  const file = certificate === null ? null : await certificateFile(certificate, origin);
  const api = new Api(httpTransport({ server: origin.origin, stallTimeout: STALL }), clock);
  const way = probeWay({ api, clock, signal, offline: () => false }, { socket: false, latest: null });
  // Whoever asks first hears of it.
  way.catch(() => undefined);
  const judged = async (): Promise<Finding<'certificate'>> => (file === null ? await probeCertificate(origin, clock.now()) : judgeCertificate(file, clock.now()));
  return {
    'data-folder': async () => folderOf(data, signs),
    'server-disk': async () => (signs === null ? { answer: 'unknown' } : await probeDisk(folderMachine(data))),
    database: async () => databaseOf(signs),
    clock: async () => serverClockOf(signs, file?.from ?? null, clock.now()),
    'server-reach': async () => reachOf(await way),
    'server-status': async () => statusFinding((await way).status),
    certificate: judged,
    backup: async () => backupOf(await lastBackup(data), clock.now()),
    'push-service': async () => pushOf(signs, config.push),
    limits: async () => limitsOf(signs),
  };
}

/** A week, as on the status page. */
const STALE = 604_800_000;

function backupOf({ verified, failed }: BackupNote, now: number): Finding<'backup'> {
  const measured = verified === null ? {} : { hours: Math.floor(Math.max(0, now - verified) / 3_600_000) };
  if (failed !== null) return { answer: 'failing', code: failed.code, measured };
  if (verified === null) return { answer: 'none-known' };
  return { answer: Math.abs(now - verified) > STALE ? 'old' : 'fresh', measured };
}

async function certificateFile(path: string, origin: URL): Promise<Shown> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    throw fileFailure(error, 'file.unreadable', path);
  }
  const shown = readCertificate(pem, bareHost(origin));
  if (shown === null) throw new Failure('file.unreadable', { path, must: 'hold a certificate in PEM' });
  return shown;
}
