import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Finding } from '@earshot/doctor/probes/probe.ts';

/** Whether the machine finds the address behind the server's name. */
export async function probeName(server: URL): Promise<Finding<'name-resolution'>> {
  const host = bareHost(server);
  if (isIP(host) !== 0) return { answer: 'found' };
  try {
    return { answer: 'found', measured: { addresses: (await lookup(host, { all: true })).length } };
  } catch (error) {
    return judgeName(wordOf(error));
  }
}

/** By the word of the operating system: somebody answered that there is none, or nobody did. */
export function judgeName(system: string): Finding<'name-resolution'> {
  const answered = system === 'ENOTFOUND' || system === 'ENODATA';
  return answered ? { answer: 'no-such-name', code: 'network.unreachable' } : { answer: 'no-answer', code: 'network.offline' };
}

/** The name as the network knows it: IPv6 addresses stand in brackets in a URL. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

export function wordOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
